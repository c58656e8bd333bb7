package io.gantry.unpack;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.mount.Mounts;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker.Progress;
import io.gantry.spi.layer.LayerApplier;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Applies one layer into a snapshot of its own, verified but not sealed. Whatever fails takes the snapshot away. */
final class Application {
  /**
   * The services a layer passes through.
   *
   * @param left what could not be taken away
   */
  record Services(Drivers drivers, Contents contents, Snapshots snapshots, Mounts mounts, Leftovers left) {}

  /**
   * A layer to be applied.
   *
   * @param ref of the write that brings its blob
   */
  record Layer(Descriptor blob, Digest diffId, String ref) {}

  /** A layer in an active snapshot. */
  record Applied(String key, String by) {}

  private final Services services;
  private final Scope scope;
  private final String snapshotter;
  private final Supplier<Settings> settings;
  private final Slots slots;
  private final Names names;
  private final Consumer<Progress> progress;

  /** Gives keys and mount names that tell which start of the manager made them. */
  interface Names {
    String next(String what);

    Map<String, String> labels();
  }

  Application(Services services, Scope scope, String snapshotter, Supplier<Settings> settings, Slots slots, Names names,
      Consumer<Progress> progress) {
    this.services = services;
    this.scope = scope;
    this.snapshotter = snapshotter;
    this.settings = settings;
    this.slots = slots;
    this.names = names;
    this.progress = progress;
  }

  /**
   * @param parent key of the parent where the layer is applied over it; empty to apply it side by side, or at the bottom
   * @param bottom whether there is nothing below
   */
  Applied apply(Layer layer, Optional<String> parent, boolean bottom) throws IOException {
    DriverRef driver = LayerDrivers.accepting(services.drivers(), scope, layer.blob());
    var tries = new Tries(key -> discard(key, null));
    for (int again = 1; ; again++) {
      try {
        return services.drivers().<LayerApplier, Applied>yielding(LayerApplier.class, driver, scope, (borrowed, loan) -> {
          int mine = tries.begin(loan);
          try {
            return attempt(borrowed, driver, layer, parent, bottom, tries, mine);
          } finally {
            tries.ended();
          }
        });
      } catch (IOException | RuntimeException | Error e) {
        if (tries.wereCut() && e instanceof UnavailableException && again < Tries.MOST) continue; // given up at the end of a hand-over
        tries.giveUp(scope, "layer " + layer.blob().digest(), e);
        throw e;
      }
    }
  }

  private Applied attempt(Borrowed<LayerApplier> b, DriverRef driver, Layer layer, Optional<String> parent, boolean bottom, Tries tries,
      int mine) throws IOException {
    String key = names.next("extract") + " " + layer.diffId();
    String by = driver + " " + b.version();
    try {
      services.snapshots().prepare(scope, snapshotter, key, parent, names.labels());
    } catch (IOException | RuntimeException | Error e) {
      discard(key, e);
      services.left().laterThoughItMayCome(scope, what(scope, snapshotter, key), away(services, snapshotter, key));
      throw e;
    }
    try {
      List<Mount> mounts = services.snapshots().mounts(scope, snapshotter, key);
      Below below = bottom ? Below.NOTHING : parent.isEmpty() ? Below.UNKNOWN : Below.TREE;
      MountedTree.of(services, scope, mounts, names.next("unpack"), "unpacking of " + layer.blob().digest(),
          folder -> into(folder, below, b.driver(), layer, by, tries, mine));
      if (!tries.done(mine, key)) throw new UnavailableException("layer " + layer.blob().digest() + " was begun anew meanwhile");
      return new Applied(key, by);
    } catch (IOException | RuntimeException | Error e) {
      discard(key, e);
      throw e;
    }
  }

  private void into(Path folder, Below below, LayerApplier applier, Layer layer, String by, Tries tries, int mine) throws IOException {
    Descriptor d = layer.blob();
    Settings now = settings.get();
    Limits limits = now.limits();
    var taps = new LayerTaps(limits, d.digest(), layer.diffId(),
        at -> progress.accept(new Progress(d.digest(), "unpacking", at, d.size(), by)));
    try (InputStream blob = services.contents().tail(scope, layer.ref(), d.digest(), now.stalled()); Slot slot = new Slot(slots);
        FolderSink sink = new FolderSink(folder, below, limits.maxBytes())) {
      tries.reads(mine, blob);
      InputStream counted = taps.compressed(slot.sharing(blob), d.size());
      applier.apply(d, counted, taps, sink);
      counted.transferTo(OutputStream.nullOutputStream()); // the end is reached only when the blob was verified
      sink.finish();
    }
    Digest actual = taps.actual();
    if (!actual.equals(layer.diffId())) {
      throw new CorruptException("layer " + d.digest() + " unpacks to other bytes than its image says", layer.diffId().toString(),
          actual.toString());
    }
  }

  /**
   * Takes a layer's snapshot away, if it is there, for a caller that may be interrupted; where it cannot be, that is tried again.
   *
   * @param why what the caller throws, which keeps what goes wrong here; null where there is nothing
   */
  void discard(String key, Throwable why) {
    try {
      // it may be sealed or removed by whom its caller left
      services.left().run(scope, what(scope, snapshotter, key), away(services, snapshotter, key));
    } catch (IOException | RuntimeException e) {
      if (why != null) why.addSuppressed(e);
    }
  }

  /** Removes a snapshot if it is there; that somebody else removes it at that moment is found by the next try. */
  static CleanUp.Work away(Services services, String snapshotter, String key) {
    return last -> {
      if (services.snapshots().find(last, snapshotter, key).isPresent()) services.snapshots().remove(last, snapshotter, key);
    };
  }

  /** The name of a snapshot, for whoever is told that it stays. */
  static String what(Scope scope, String snapshotter, String key) {
    return "snapshot " + snapshotter + " '" + key + "' of namespace " + scope.namespace();
  }
}
