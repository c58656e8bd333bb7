package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Fd;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Applies one whole blob onto a tree that a caller has, by its mounts. The tree is the caller's: it is written where it is, and left as it
 * is where that fails. What lies below is under our hands always, so whiteouts delete; an overlay makes marks of that in its upper folder.
 */
final class Onto {
  private static final String PLAIN = "application/vnd.oci.image.layer.v1.tar";
  private static final Digest SHA256 = Digest.sha256(new byte[32]); // diff ids are, whatever names the blob
  private final Application.Services services;
  private final Scope scope;
  private final Settings settings;
  private final Slots slots;

  Onto(Application.Services services, Scope scope, Settings settings, Slots slots) {
    this.services = services;
    this.scope = scope;
    this.settings = settings;
    this.slots = slots;
  }

  /** Work for the end: what was written to the tree is on the disk after it. */
  static void toDisk(Path tree) throws IOException {
    try (Fd folder = Fd.open(tree)) {
      folder.syncfs();
    }
  }

  /** @param last done in the tree once the layer is in it */
  Descriptor apply(Descriptor blob, List<Mount> mounts, String mountName, MountedTree.Work last) throws IOException {
    Info info = services.contents().info(scope, blob.digest());
    if (info.size() != blob.size()) {
      throw new InvalidException("applying layer " + blob.digest() + ": its descriptor says " + blob.size() + " bytes, the store has "
          + info.size());
    }
    DriverRef driver = LayerDrivers.accepting(services.drivers(), scope, blob);
    var done = new AtomicReference<Descriptor>();
    MountedTree.of(services, scope, mounts, mountName, "applying of " + blob.digest(), folder -> {
      done.set(apply(blob, driver, folder));
      last.in(folder);
    });
    return done.get();
  }

  private Descriptor apply(Descriptor blob, DriverRef driver, Path folder) throws IOException {
    var tries = new Tries(key -> { });
    try (FolderSink tree = new FolderSink(folder, Below.TREE, settings.limits().maxBytes())) {
      var sink = new ResumedSink(tree);
      try {
        Descriptor plain = apply(blob, driver, sink, tries);
        sink.finish();
        return plain;
      } catch (IOException | RuntimeException | Error e) {
        tries.giveUp(scope, "layer " + blob.digest(), e); // before the tree is closed
        sink.next();
        throw e;
      }
    }
  }

  private Descriptor apply(Descriptor blob, DriverRef driver, ResumedSink sink, Tries tries) throws IOException {
    for (int again = 1; ; again++) {
      try {
        return services.drivers().<LayerApplier, Descriptor>yielding(LayerApplier.class, driver, scope, (borrowed, loan) -> {
          int mine = tries.begin(loan);
          try {
            Descriptor plain = attempt(blob, borrowed.driver(), sink.next(), tries, mine);
            if (!tries.done(mine, "")) throw new UnavailableException("layer " + blob.digest() + " was begun anew meanwhile");
            return plain;
          } finally {
            tries.ended();
          }
        });
      } catch (UnavailableException e) {
        if (tries.wereCut() && again < Tries.MOST) continue; // given up at the end of a hand-over
        throw e;
      }
    }
  }

  private Descriptor attempt(Descriptor blob, LayerApplier applier, LayerSink sink, Tries tries, int mine) throws IOException {
    var taps = new LayerTaps(settings.limits(), blob.digest(), SHA256, at -> { });
    try (Reader reader = services.contents().reader(scope, blob.digest()); InputStream bytes = reader.stream(0);
        Slot slot = new Slot(slots)) {
      tries.reads(mine, bytes);
      InputStream counted = taps.compressed(slot.sharing(bytes), blob.size());
      Applied applied = applier.apply(blob, counted, taps, sink);
      counted.transferTo(OutputStream.nullOutputStream()); // the end is given only where the blob has its digest
      return Descriptor.of(PLAIN, taps.actual(), taps.size());
    }
  }
}
