package io.gantry.unpack;

import static io.gantry.unpack.World.COPY;
import static io.gantry.unpack.World.OVERLAY;
import static io.gantry.unpack.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Packing;
import io.gantry.kit.image.TreeDump;
import io.gantry.kit.world.LentDrivers;
import io.gantry.kit.world.LoopDisk;
import io.gantry.linux.At;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Stat;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Loan;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.Taps;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Layers applied by a client: prepared, applied and committed in calls of its own, with mounts as all it knows. */
class ApplyTest extends OneWorld {
  private static final String TYPE = "application/vnd.oci.image.layer.v1.tar";

  private static Layer hiding() {
    return new LayerBuilder().directory("d", 0750).whiteout("d/gone").file("d/here", "new").opaque("o").directory("o", 0700)
        .file("o/only", "x").hardlink("linked", "kept").whiteout("replaced").directory("replaced", 0711).file("replaced/in", "y")
        .layer(Packing.zstd());
  }

  private static Layer base() {
    return new LayerBuilder().directory("d", 0755).file("d/gone", "1").file("d/here", "2").directory("o", 0755).file("o/a", "3")
        .file("kept", "4").file("replaced", "5").gzip();
  }

  private Descriptor apply(Layer l, List<Mount> mounts) throws IOException {
    return world.unpacker.apply(SCOPE, descriptor(l), mounts);
  }

  private static Descriptor descriptor(Layer l) {
    return Descriptor.of(TYPE + (l.suffix().isEmpty() ? "" : "+" + l.suffix()), l.digest(), l.blob().length);
  }

  private List<String> dump(String snapshotter, String key) throws IOException {
    String view = "look at " + key;
    world.snapshots.view(SCOPE, snapshotter, view, Optional.of(key), Map.of());
    var seen = new ArrayList<String>();
    MountedTree.of(new Application.Services(world.drivers, world.contents, world.snapshots, world.mounts, world.left), SCOPE,
        world.snapshots.mounts(
        SCOPE, snapshotter, view), "look", "look", tree -> seen.addAll(TreeDump.of(tree)));
    world.snapshots.remove(SCOPE, snapshotter, view);
    return seen;
  }

  @Test
  void layersOfAClientAreThoseOfAnUnpacking() throws Exception {
    List<Layer> layers = List.of(base(), hiding(), World.layer("top"));
    world.bring(layers);
    for (String s : List.of(OVERLAY, COPY)) {
      Optional<String> parent = Optional.empty();
      for (int i = 0; i < layers.size(); i++) {
        Layer l = layers.get(i);
        world.snapshots.prepare(SCOPE, s, "active", parent, Map.of());
        assertEquals(Descriptor.of(TYPE, l.diffId(), l.tarSize()), apply(l, world.snapshots.mounts(SCOPE, s, "active")));
        parent = Optional.of("layer " + i);
        world.snapshots.commit(SCOPE, s, parent.get(), "active", Optional.empty(), Map.of());
      }
      String unpacked = world.unpack(World.request(s, layers), p -> { }).answer().toString();
      List<String> expected = withoutRoot(dump(s, unpacked));
      assertTrue(expected.stream().anyMatch(line -> line.startsWith("o/only")), expected.toString());
      assertEquals(String.join("\n", expected), String.join("\n", withoutRoot(dump(s, parent.get()))), s);
    }
  }

  @Test
  void whatIsAppliedToDiskIsThereBeforeTheAnswer() throws Exception {
    assumeTrue(LoopDisk.missing().isEmpty(), () -> "skipped: " + LoopDisk.missing().orElseThrow());
    List<Layer> layers = List.of(new LayerBuilder().file("a", "left in memory").gzip(), new LayerBuilder().file("b", "on the disk").gzip());
    world.bring(layers);
    Path tree = Files.createDirectory(folder("tree"));
    try (LoopDisk disk = LoopDisk.mount(folder("disk"), tree)) {
      apply(layers.get(0), bind(tree));
      assertFalse(disk.has("left in memory"), "so that this test sees something");
      world.unpacker.applyToDisk(SCOPE, descriptor(layers.get(1)), bind(tree));
      assertTrue(disk.has("on the disk"));
    }
  }

  /** Its time is that of the making where no layer names it. */
  private static List<String> withoutRoot(List<String> dump) {
    return dump.subList(1, dump.size());
  }

  private Path folder(String name) {
    return world.folder(name);
  }

  private static List<Mount> bind(Path folder, String... options) {
    return List.of(new Mount("bind", folder.toString(), "", List.of(options)));
  }

  @Test
  void mountsOfTheClientsOwnAreAppliedOnto() throws Exception {
    world.bring(List.of(base(), hiding()));
    Path lower = Files.createDirectory(folder("lower"));
    apply(base(), bind(lower, "rbind", "rw"));
    assertEquals(Map.of(), world.contents.info(SCOPE, base().digest()).labels(), "an unpacking would say what it is unpacked");
    Path upper = Files.createDirectory(folder("upper"));
    Path work = Files.createDirectory(folder("work"));
    List<String> before = TreeDump.of(lower);
    apply(hiding(), List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work))));
    assertEquals(before, TreeDump.of(lower));
    try (Fd fd = Fd.open(upper.resolve("d"))) {
      assertTrue(At.stat(fd.raw(), Names.of("gone")).filter(Stat::isWhiteout).isPresent(), "kept as overlayfs keeps it");
    }
    Path plain = Files.createDirectory(folder("plain"));
    apply(base(), bind(plain));
    apply(hiding(), bind(plain));
    assertFalse(Files.exists(plain.resolve("d/gone")));
    assertEquals(List.of("only"), names(plain.resolve("o")));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void mountsThatCannotBeWrittenAreRefused() throws Exception {
    world.bring(List.of(base()));
    Path folder = Files.createDirectory(folder("ro"));
    assertThrows(IOException.class, () -> apply(base(), bind(folder, "ro")));
    assertEquals(List.of(), names(folder));
    assertThrows(IOException.class, () -> apply(base(), bind(folder.resolve("missing"), "rw")));
    assertThrows(InvalidException.class, () -> apply(base(), List.of()));
  }

  @Test
  void whatCannotBeAppliedIsTold() throws Exception {
    Layer l = base();
    List<Mount> mounts = bind(Files.createDirectory(folder("f")));
    var missing = assertThrows(NotFoundException.class, () -> apply(l, mounts));
    assertTrue(missing.getMessage().contains(l.digest().toString()), missing.getMessage());
    world.bring(List.of(l));
    Unpacker u = world.unpacker;
    var type = assertThrows(UnsupportedException.class, () -> u.apply(SCOPE, Descriptor.of("text/plain", l.digest(), l.blob().length),
        mounts));
    assertTrue(type.getMessage().contains("text/plain"), type.getMessage());
    var size = assertThrows(InvalidException.class, () -> u.apply(SCOPE, Descriptor.of(TYPE, l.digest(), 7), mounts));
    assertTrue(size.getMessage().contains("7 bytes") && size.getMessage().contains("" + l.blob().length), size.getMessage());
    assertThrows(UnavailableException.class, () -> u.apply(SCOPE.within(Duration.ofMillis(-1)), descriptor(l), mounts));
    Layer broken = new LayerBuilder().raw(new byte[700]).raw("x".repeat(1000).getBytes()).gzip();
    world.bring(List.of(broken));
    assertThrows(InvalidException.class, () -> apply(broken, mounts));
  }

  /** Zeros behind the archive's end, which no applier would miss. */
  @Test
  void bytesThatAreNotTheBlobsAreFoundOut() throws Exception {
    byte[] tar = new LayerBuilder().file("f", "x").raw(new byte[4096]).tar();
    Layer l = Layer.of(tar, Packing.plain());
    world.bring(List.of(l));
    Path stored = world.stored(l.digest());
    byte[] other = Files.readAllBytes(stored);
    other[other.length - 1] = 1;
    stored.toFile().setWritable(true);
    Files.write(stored, other);
    List<Mount> mounts = bind(Files.createDirectory(folder("f")));
    assertThrows(CorruptException.class, () -> apply(l, mounts));
  }

  @Test
  void limitsHold() throws Exception {
    Layer l = new LayerBuilder().file("f", new byte[5000], 0644).gzip();
    world.bring(List.of(l));
    var unpacker = world.parts.start(UnpackService.class, Map.of("gantry.state", folder("s").toString(), "max.bytes", 4000L));
    assertThrows(ExhaustedException.class, () -> unpacker.apply(SCOPE, descriptor(l), bind(Files.createDirectory(folder("f")))));
  }

  /** A driver that is wanted back while it reads a file, and its successor. */
  @Test
  void aReplacedDriverIsNotNoticed() throws Exception {
    Layer l = new LayerBuilder().hardlink("old", "f").file("f", "new").file("big", new byte[9 << 20], 0644).file("last", "l").gzip();
    world.bring(List.of(l));
    Path folder = Files.createDirectory(folder("f"));
    Files.writeString(folder.resolve("f"), "first");
    var wanted = new Wanted(world.drivers);
    var onto = new Onto(new Application.Services(wanted, world.contents, world.snapshots, world.mounts, world.left), SCOPE,
        Settings.defaults(),
        new Slots(1));
    assertEquals(Descriptor.of(TYPE, l.diffId(), l.tarSize()), onto.apply(descriptor(l), bind(folder), "unpack-test", tree -> { }));
    assertEquals(2, wanted.calls);
    assertEquals(List.of("big", "f", "last", "old"), names(folder));
    assertEquals("first", Files.readString(folder.resolve("old")));
    assertEquals(9 << 20, Files.size(folder.resolve("big")));
  }

  /** Wants the driver back when the third entry comes, as the swap does; then lends it again. */
  private static final class Wanted extends LentDrivers {
    private int calls;

    Wanted(LentDrivers from) throws IOException {
      var ref = new DriverRef(LayerApplier.KIND, "tar");
      put(ref, from.<LayerApplier, LayerApplier>lend(LayerApplier.class, ref, SCOPE, b -> b.driver()), Map.of());
    }

    @Override
    public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
      Borrowed<LayerApplier> real = borrowed(LayerApplier.class, ref);
      var wake = new AtomicReference<Runnable>();
      var loan = new Loan() {
        private boolean cut;

        @Override
        public boolean cut() {
          return cut;
        }

        @Override
        public void onCut(Runnable run) {
          wake.set(run);
        }
      };
      LayerApplier cutting = new LayerApplier() {
        @Override
        public boolean accepts(String mediaType) {
          return true;
        }

        @Override
        public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
          return real.driver().apply(layer, blob, taps, new FaultySinkAt(sink, 3, () -> {
            loan.cut = true;
            wake.get().run();
          }));
        }
      };
      calls++;
      try {
        return call.with(new Borrowed<>(type.cast(cutting), 1, "test", "1"), loan);
      } catch (IOException e) {
        if (!loan.cut) throw e;
        calls++;
        return super.yielding(type, ref, scope, call);
      }
    }
  }

  /** Does something when an entry comes, then fails in its data as a stream that was closed. */
  private record FaultySinkAt(LayerSink sink, AtomicInteger left, Runnable then) implements LayerSink {
    FaultySinkAt(LayerSink sink, int at, Runnable then) {
      this(sink, new AtomicInteger(at), then);
    }

    @Override
    public void entry(Entry e, InputStream data) throws IOException {
      if (left.decrementAndGet() > 0) {
        sink.entry(e, data);
        return;
      }
      then.run();
      sink.entry(e, new SequenceInputStream(new ByteArrayInputStream(data.readNBytes(1 << 20)), new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("closed");
        }
      }));
    }

    @Override
    public void whiteout(Name name) throws IOException {
      sink.whiteout(name);
    }

    @Override
    public void opaque(Name directory) throws IOException {
      sink.opaque(directory);
    }

    @Override
    public void finish() {}

    @Override
    public void close() {}
  }
}
