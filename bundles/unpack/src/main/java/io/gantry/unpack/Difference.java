package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** Stores as a blob what one mounted tree has changed against another. A driver that is replaced has the blob begun anew. */
final class Difference {
  /** Both trees; no lower one is an empty one. */
  private record Trees(Optional<Path> lower, Path upper) {}

  /** What was written of a layer. */
  private record Written(Digest blob, long size, Digest plain) {}

  /** Ends a try's work, as the close of the blob that it reads does where a layer is applied. */
  private static final class Stop extends InputStream {
    private volatile boolean closed;

    @Override
    public int read() {
      return -1;
    }

    @Override
    public void close() {
      closed = true;
    }

    void check() throws IOException {
      if (closed) throw new IOException("the layer driver was wanted back, or nobody waits for this try any more");
    }
  }

  private final Application.Services services;
  private final Scope scope;
  private final Slots slots;
  private final DiffRequest request;

  Difference(Application.Services services, Scope scope, Slots slots, DiffRequest request) {
    this.services = services;
    this.scope = scope;
    this.slots = slots;
    this.request = request;
  }

  Descriptor store(List<Mount> lower, List<Mount> upper, Application.Names names) throws IOException {
    DriverRef driver = LayerDrivers.writing(services.drivers(), scope, request.mediaType());
    var stored = new AtomicReference<Descriptor>();
    String ref = request.ref().orElseGet(() -> names.next("diff"));
    MountedTree.Work both = newer -> {
      if (lower.isEmpty()) stored.set(stored(driver, new Trees(Optional.empty(), newer), ref));
      else in(lower, names, older -> stored.set(stored(driver, new Trees(Optional.of(older), newer), ref)));
    };
    in(upper, names, both);
    return stored.get();
  }

  private void in(List<Mount> mounts, Application.Names names, MountedTree.Work work) throws IOException {
    MountedTree.of(services, scope, mounts, names.next("unpack"), "comparing of two trees", work);
  }

  private Descriptor stored(DriverRef driver, Trees trees, String ref) throws IOException {
    try (Writer writer = services.contents().writer(scope, new WriterSpec(ref, Optional.empty(), OptionalLong.empty(), request.labels()))) {
      Written w = written(driver, trees, writer);
      writer.commit(w.blob, w.size);
      label(w);
      return Descriptor.of(request.mediaType(), w.blob, w.size);
    } catch (IOException | RuntimeException | Error e) {
      if (request.ref().isEmpty()) abort(ref, e);
      throw e;
    }
  }

  /** Also of a blob that was there before, with other labels. */
  private void label(Written w) throws IOException {
    var labels = new TreeMap<>(request.labels());
    if (!w.plain.equals(w.blob)) labels.put(Unpacker.UNCOMPRESSED_LABEL, w.plain.toString());
    if (!labels.isEmpty()) services.contents().label(scope, w.blob, labels);
  }

  private void abort(String ref, Throwable why) {
    services.left().after(why, scope, "write " + ref + " of namespace " + scope.namespace(), last -> {
      if (services.contents().status(last, ref).isPresent()) services.contents().abort(last, ref);
    });
  }

  private Written written(DriverRef driver, Trees trees, Writer writer) throws IOException {
    var tries = new Tries(key -> { });
    for (int again = 1; ; again++) {
      try {
        return services.drivers().<LayerWriter, Written>yielding(LayerWriter.class, driver, scope, (borrowed, loan) -> {
          int mine = tries.begin(loan);
          try {
            var stop = new Stop();
            tries.reads(mine, stop);
            Written w = attempt(borrowed.driver(), trees, writer, stop);
            if (!tries.done(mine, "")) throw new UnavailableException("the layer was begun anew meanwhile");
            return w;
          } finally {
            tries.ended();
          }
        });
      } catch (IOException | RuntimeException | Error e) {
        if (tries.wereCut() && e instanceof UnavailableException && again < Tries.MOST) continue; // given up at the end of a hand-over
        tries.giveUp(scope, "diff " + driver, e);
        throw e;
      }
    }
  }

  private Written attempt(LayerWriter writer, Trees trees, Writer to, Stop stop) throws IOException {
    OptionalLong latest = request.sourceDateEpoch().isEmpty() ? OptionalLong.empty()
        : OptionalLong.of(request.sourceDateEpoch().get().getEpochSecond());
    var blob = new BlobBytes(to, stop::check);
    var plain = new HashedBytes();
    try (Slot slot = new Slot(slots); Fd upper = open(trees.upper); LayerSink sink = writer.open(request.mediaType(), blob, plain)) {
      blob.begin();
      var diff = new TreeDiff(sink, latest, stop::check);
      if (trees.lower.isEmpty()) {
        diff.run(Optional.empty(), upper);
      } else {
        try (Fd lower = open(trees.lower.get())) {
          diff.run(Optional.of(lower), upper);
        }
      }
      sink.finish();
      blob.flush();
      return new Written(blob.digest(), blob.size(), plain.digest());
    }
  }

  private static Fd open(Path tree) throws IOException {
    return ErrnoException.told("comparing of two trees", () -> Fd.open(tree));
  }
}
