package io.gantry.unpack;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Applies one layer into a snapshot of its own, verified but not sealed. Whatever fails takes the snapshot away. */
final class Application {
  /** The services a layer passes through. */
  record Services(Drivers drivers, Contents contents, Snapshots snapshots, Mounts mounts) {}

  /** A layer in an active snapshot. */
  record Applied(String key, String by) {}

  private final Services services;
  private final Scope scope;
  private final String snapshotter;
  private final Limits limits;
  private final Duration stalled;
  private final Names names;
  private final Consumer<Progress> progress;

  /** Gives keys and mount names that tell which start of the manager made them. */
  interface Names {
    String next(String what);

    Map<String, String> labels();
  }

  Application(Services services, Scope scope, String snapshotter, Limits limits, Duration stalled, Names names,
      Consumer<Progress> progress) {
    this.services = services;
    this.scope = scope;
    this.snapshotter = snapshotter;
    this.limits = limits;
    this.stalled = stalled;
    this.names = names;
    this.progress = progress;
  }

  /**
   * @param parent key of the parent where the layer is applied over it; empty to apply it side by side, or at the bottom
   * @param bottom whether there is nothing below
   */
  Applied apply(Descriptor layer, Digest diffId, String ref, Optional<String> parent, boolean bottom) throws IOException {
    DriverRef driver = driver(layer);
    var open = new AtomicReference<InputStream>();
    try {
      return services.drivers().<LayerApplier, Applied>yielding(LayerApplier.class, driver, scope,
          (borrowed, loan) -> attempt(borrowed, driver, layer, diffId, ref, parent, bottom, open));
    } catch (java.io.InterruptedIOException e) {
      InputStream blob = open.get();
      if (blob != null) blob.close(); // ends the work on the driver's thread, which then cleans up
      throw e;
    }
  }

  private DriverRef driver(Descriptor layer) throws IOException {
    List<DriverRef> known = services.drivers().of(LayerApplier.KIND);
    for (DriverRef ref : known) {
      if (services.drivers().<LayerApplier, Boolean>call(LayerApplier.class, ref, scope, a -> a.accepts(layer.mediaType()))) return ref;
    }
    throw new UnsupportedException("no layer driver of " + known + " accepts " + layer.mediaType() + " (layer " + layer.digest() + ")");
  }

  private Applied attempt(Borrowed<LayerApplier> b, DriverRef driver, Descriptor layer, Digest diffId, String ref, Optional<String> parent,
      boolean bottom, AtomicReference<InputStream> open) throws IOException {
    String key = names.next("extract") + " " + diffId;
    String by = driver + " " + b.version();
    services.snapshots().prepare(scope, snapshotter, key, parent, names.labels());
    try {
      List<Mount> mounts = services.snapshots().mounts(scope, snapshotter, key);
      Below below = bottom ? Below.NOTHING : parent.isEmpty() ? Below.UNKNOWN : Below.TREE;
      if (mounts.size() == 1 && mounts.getFirst().type().equals("bind")) {
        into(Path.of(mounts.getFirst().source()), below, b.driver(), layer, diffId, ref, by, open);
      } else {
        mounted(mounts, below, b.driver(), layer, diffId, ref, by, open);
      }
      return new Applied(key, by);
    } catch (IOException | RuntimeException e) {
      discard(key, e);
      throw e;
    }
  }

  private void mounted(List<Mount> mounts, Below below, LayerApplier applier, Descriptor layer, Digest diffId, String ref, String by,
      AtomicReference<InputStream> open) throws IOException {
    String name = names.next("unpack");
    Path dir = services.mounts().temporary(name);
    services.mounts().activate(scope, name, mounts, dir, "unpacking of " + layer.digest());
    try {
      into(dir, below, applier, layer, diffId, ref, by, open);
    } finally {
      services.mounts().deactivate(scope, name);
    }
  }

  private void into(Path folder, Below below, LayerApplier applier, Descriptor layer, Digest diffId, String ref, String by,
      AtomicReference<InputStream> open) throws IOException {
    var taps = new LayerTaps(limits, layer.digest(), diffId,
        at -> progress.accept(new Progress(layer.digest(), "unpacking", at, layer.size(), by)));
    try (InputStream blob = services.contents().tail(scope, ref, layer.digest(), stalled); FolderSink sink = new FolderSink(folder, below,
        limits.maxBytes())) {
      open.set(blob);
      InputStream counted = taps.compressed(blob, layer.size());
      applier.apply(layer, counted, taps, sink);
      counted.transferTo(java.io.OutputStream.nullOutputStream()); // the end is reached only when the blob was verified
      sink.finish();
    } finally {
      open.set(null);
    }
    Digest actual = taps.actual();
    if (!actual.equals(diffId)) {
      throw new CorruptException("layer " + layer.digest() + " unpacks to other bytes than its image says", diffId.toString(),
          actual.toString());
    }
  }

  void discard(String key, Throwable why) {
    try {
      services.snapshots().remove(scope, snapshotter, key);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}
