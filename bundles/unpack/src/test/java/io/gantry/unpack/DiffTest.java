package io.gantry.unpack;

import static io.gantry.unpack.World.COPY;
import static io.gantry.unpack.World.OVERLAY;
import static io.gantry.unpack.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Packing;
import io.gantry.kit.image.TarEntry;
import io.gantry.kit.image.TreeDump;
import io.gantry.kit.rules.RecordingSink;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Loan;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Layers of changes, applied to what they were made against. A seed can be given: {@code -Dgantry.seed=7}. */
class DiffTest extends OneWorld {
  private static final String PLAIN = "application/vnd.oci.image.layer.v1.tar";

  private Descriptor diff(List<Mount> lower, List<Mount> upper, String type) throws IOException {
    return world.unpacker.diff(SCOPE, lower, upper, new DiffRequest(type, Optional.empty(), Map.of(), Optional.empty()));
  }

  private static List<Mount> bind(Path folder) {
    return List.of(new Mount("bind", folder.toString(), "", List.of("rbind", "ro")));
  }

  private static List<Mount> writable(Path folder) {
    return List.of(new Mount("bind", folder.toString(), "", List.of("rbind", "rw")));
  }

  /** Without what a layer of changes leaves out: fractions of seconds, attributes of users; and the root, which is not compared. */
  private static List<String> dump(Path tree) throws IOException {
    return TreeDump.of(tree).stream().filter(l -> !l.startsWith(".: ")).map(l -> l.replaceAll("(:\\d+ -?\\d+)\\.\\d+", "$1")
        .replaceAll("user\\.n\\d=[0-9a-f]*(, )?", "").replaceAll("(, )?\\}$", "}").replace(" {}", "")).toList();
  }

  @Test
  void whatIsAppliedToTheOldTreeMakesTheNewOne() throws Exception {
    long seed = Long.getLong("gantry.seed", new Random().nextLong(1_000_000));
    for (int round = 0; round < 8; round++) {
      List<LayerBuilder> layers = new RandomLayers(seed + round, true, false).layers(4, 60);
      layers.get(0).add(everything());
      layers.get(3).add(changed());
      Path old = Files.createDirectory(world.folder("old" + round));
      Path fresh = Files.createDirectory(world.folder("new" + round));
      for (int i = 0; i < 4; i++) {
        if (i < 2) Sinks.apply(old, Below.TREE, layers.get(i).tar());
        Sinks.apply(fresh, Below.TREE, layers.get(i).tar());
      }
      String type = List.of(PLAIN, PLAIN + "+gzip", PLAIN + "+zstd").get(round % 3);
      Descriptor layer = diff(bind(old), bind(fresh), type);
      Descriptor plain = world.unpacker.apply(SCOPE, layer, writable(old));
      same(dump(fresh), dump(old), "seed " + (seed + round));
      assertEquals(round % 3 == 0 ? Map.of() : Map.of("containerd.io/uncompressed", plain.digest().toString()), world.contents.info(SCOPE,
          layer.digest()).labels());
      assertEquals(0, run("tar", "--no-auto-compress", "-tvf", unpacked(layer).toString()));
    }
  }

  private static void same(List<String> expected, List<String> actual, String what) {
    List<String> missing = expected.stream().filter(l -> !actual.contains(l)).map(l -> "- " + l).toList();
    List<String> more = actual.stream().filter(l -> !expected.contains(l)).map(l -> "+ " + l).toList();
    assertEquals("", String.join("\n", missing) + String.join("\n", more), what);
  }

  /** Of each kind, with what is hard about it. */
  private static TarEntry[] everything() {
    byte[] odd = {'r', 'a', 'w', (byte) 0xff, (byte) 0xfe};
    byte[] cap = {1, 0, 0, 2, (byte) 0xc0, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    return new TarEntry[] {TarEntry.directory("k"), TarEntry.directory("k/dir").mode(01777), TarEntry.file("k/dir/in", "in"),
        TarEntry.file("k/set", "x").mode(06755).owner(70_000, 3_000_000_000L), TarEntry.file("k/cap", "c")
        .xattr("security.capability", cap),
        TarEntry.hardlink("k/set2", "k/set"), TarEntry.character("k/chr", 1, 3), TarEntry.block("k/blk", 259, 70_000),
        TarEntry.fifo("k/pipe"), TarEntry.file(odd, odd), TarEntry.symlink("k/lnk", "../" + "t/".repeat(100)),
        TarEntry.directory("k/opq"), TarEntry.file("k/opq/a", "a"), TarEntry.file("k/opq/b", "b"), TarEntry.file("k/same", "same"),
        TarEntry.file("k/" + "long/".repeat(30) + "name", "l")};
  }

  private static TarEntry[] changed() {
    byte[] odd = {'r', 'a', 'w', (byte) 0xff, (byte) 0xfd};
    return new TarEntry[] {TarEntry.whiteout("k/dir"), TarEntry.file("k/dir", "a file now"), TarEntry.file("k/set", "y").mode(04711),
        TarEntry.whiteout("k/cap"), TarEntry.hardlink("k/set3", "k/set2"), TarEntry.character("k/chr", 1, 5), TarEntry.whiteout("k/blk"),
        TarEntry.directory("k/blk"), TarEntry.fifo("k/pipe2"), TarEntry.symlink(odd, odd), TarEntry.symlink("k/lnk", "elsewhere"),
        TarEntry.opaque("k/opq"), TarEntry.file("k/opq/c", "c"), TarEntry.file("k/" + "long/".repeat(30) + "other", "o")};
  }

  private Path unpacked(Descriptor layer) throws Exception {
    Path stored = world.stored(layer.digest());
    Path tar = Files.createTempFile(world.folder("."), "layer", ".tar");
    String program = layer.mediaType().endsWith("gzip") ? "gzip -dc" : layer.mediaType().endsWith("zstd") ? "zstd -dcq" : "cat";
    var b = new ProcessBuilder(program.split(" ")).redirectInput(stored.toFile()).redirectOutput(tar.toFile());
    assertEquals(0, b.start().waitFor(), program);
    return tar;
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
  }

  /** As a client commits a container: a view of the parent and the active snapshot, by either driver. */
  @Test
  void snapshotsAreComparedByTheirMounts() throws Exception {
    Layer base = new LayerBuilder().directory("d", 0755).file("d/gone", "1").file("d/kept", "2").directory("o", 0755).file("o/a", "3")
        .gzip();
    Layer change = new LayerBuilder().directory("d", 0755).whiteout("d/gone").directory("o", 0700).opaque("o").file("o/only", "x")
        .layer(Packing.plain());
    world.bring(List.of(base, change));
    var digests = new ArrayList<Digest>();
    for (String s : List.of(OVERLAY, COPY)) {
      String chain = world.unpack(World.request(s, List.of(base)), p -> { }).answer().toString();
      world.snapshots.prepare(SCOPE, s, "box", Optional.of(chain), Map.of());
      world.snapshots.view(SCOPE, s, "below", Optional.of(chain), Map.of());
      List<Mount> upper = world.snapshots.mounts(SCOPE, s, "box");
      world.unpacker.apply(SCOPE, Descriptor.of(PLAIN, change.digest(), change.blob().length), upper);
      digests.add(diff(world.snapshots.mounts(SCOPE, s, "below"), upper, PLAIN).digest());
    }
    byte[] expected = new LayerBuilder().directory("d", 0755).add(gone("d/.wh.gone")).directory("o", 0700).add(gone("o/.wh.a"))
        .file("o/only", "x").tar();
    Path mine = Files.write(world.folder("expected.tar"), expected);
    assertEquals(list(mine), list(world.stored(digests.getFirst())));
    assertEquals(digests.getFirst(), digests.getLast(), "the same changes are the same bytes, whichever driver has them");
  }

  private static TarEntry gone(String name) {
    return TarEntry.file(name, "").mode(0).mtime(0, 0);
  }

  private static String list(Path tar) throws Exception {
    Process p = new ProcessBuilder("tar", "--numeric-owner", "-tvf", tar.toString()).redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    return said;
  }

  @Test
  void withoutALowerTreeAllIsNew() throws Exception {
    Path tree = Files.createDirectory(world.folder("tree"));
    Sinks.apply(tree, Below.NOTHING, new LayerBuilder().directory("d", 0711).file("d/f", "x").tar());
    Descriptor layer = world.unpacker.diff(SCOPE, List.of(), bind(tree), DiffRequest.defaults());
    assertEquals(PLAIN + "+gzip", layer.mediaType());
    Path made = Files.createDirectory(world.folder("made"));
    world.unpacker.apply(SCOPE, layer, writable(made));
    assertEquals(dump(tree), dump(made));
  }

  @Test
  void requestsAreHeeded() throws Exception {
    Path tree = Files.createDirectory(world.folder("tree"));
    Files.writeString(tree.resolve("f"), "x");
    var request = new DiffRequest(PLAIN + "+zstd", Optional.of("mine"), Map.of("a", "b"), Optional.of(Instant.ofEpochSecond(1000)));
    try (Writer begun = world.contents.writer(SCOPE, WriterSpec.of("mine"))) {
      begun.write(ByteBuffer.wrap(new byte[100]));
      assertThrows(UnavailableException.class, () -> world.unpacker.diff(SCOPE, List.of(), bind(tree), request));
    }
    Descriptor first = world.unpacker.diff(SCOPE, List.of(), bind(tree), request);
    Map<String, String> labels = world.contents.info(SCOPE, first.digest()).labels();
    assertEquals("b", labels.get("a"));
    assertTrue(labels.containsKey("containerd.io/uncompressed"), labels.toString());
    Files.setLastModifiedTime(tree.resolve("f"), java.nio.file.attribute.FileTime.from(Instant.now()));
    assertEquals(first, world.unpacker.diff(SCOPE, List.of(), bind(tree), new DiffRequest(PLAIN + "+zstd", Optional.empty(), Map.of("c",
        "d"), request.sourceDateEpoch())), "whenever it was written");
    assertEquals("d", world.contents.info(SCOPE, first.digest()).labels().get("c"));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }

  @Test
  void whatFailsLeavesNothing() throws Exception {
    Path tree = Files.createDirectory(world.folder("tree"));
    Files.writeString(tree.resolve("f"), "x");
    var type = assertThrows(UnsupportedException.class, () -> diff(List.of(), bind(tree), "text/plain"));
    assertTrue(type.getMessage().contains("text/plain"), type.getMessage());
    assertThrows(InvalidException.class, () -> diff(List.of(), List.of(), PLAIN));
    assertThrows(IOException.class, () -> diff(bind(world.folder("missing")), bind(tree), PLAIN));
    assertThrows(UnavailableException.class, () -> world.unpacker.diff(SCOPE.within(Duration.ofMillis(-1)), List.of(), bind(tree),
        DiffRequest.defaults()));
    Files.writeString(tree.resolve(".wh.f"), "would delete f");
    var name = assertThrows(InvalidException.class, () -> diff(List.of(), bind(tree), PLAIN + "+gzip"));
    assertTrue(name.getMessage().contains("'.wh.f'"), name.getMessage());
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
    assertEquals(List.of(), world.contents.list(SCOPE, Optional.empty(), 10));
  }

  /** A driver that is wanted back at the third entry, when much of the layer is written, and its successor. */
  @Test
  void aReplacedDriverIsNotNoticed() throws Exception {
    Path tree = Files.createDirectory(world.folder("tree"));
    byte[] data = new byte[5 << 20];
    new Random(1).nextBytes(data);
    for (String name : List.of("a", "b", "c", "d")) Files.write(tree.resolve(name), data);
    var wanted = new Wanted(world.drivers);
    var services = new Application.Services(wanted, world.contents, world.snapshots, world.mounts, world.left);
    var request = new DiffRequest(PLAIN, Optional.of("cut"), Map.of(), Optional.empty());
    Descriptor cut = new Difference(services, SCOPE, new Slots(1), request).store(List.of(), bind(tree), new Application.Names() {
      @Override
      public String next(String what) {
        return what + "-of-the-test";
      }

      @Override
      public Map<String, String> labels() {
        return Map.of();
      }
    });
    assertEquals(2, wanted.calls);
    assertEquals(diff(List.of(), bind(tree), PLAIN), cut);
  }

  /** Wants the driver back in the midst of its first writing, as the swap does; then lends it again. */
  private static final class Wanted extends LentDrivers {
    private int calls;

    Wanted(LentDrivers from) throws IOException {
      var ref = new DriverRef(LayerApplier.KIND, "tar");
      put(ref, from.<LayerWriter, LayerWriter>lend(LayerWriter.class, ref, SCOPE, b -> b.driver()), Map.of());
    }

    @Override
    public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
      var wake = new AtomicReference<Runnable>();
      var loan = new Loan() {
        @Override
        public boolean cut() {
          return wake.get() == null;
        }

        @Override
        public void onCut(Runnable run) {
          wake.set(run);
        }
      };
      LayerWriter real = borrowed(LayerWriter.class, ref).driver();
      LayerWriter cutting = new LayerWriter() {
        @Override
        public boolean writes(String mediaType) {
          return real.writes(mediaType);
        }

        @Override
        public LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
          LayerSink sink = real.open(mediaType, blob, plain);
          return new RecordingSink() {
            private int entries;

            @Override
            public void entry(Entry e, InputStream data) throws IOException {
              if (++entries == 3) wake.get().run();
              sink.entry(e, data);
            }

            @Override
            public void close() throws IOException {
              sink.close();
            }
          };
        }
      };
      calls++;
      assertThrows(IOException.class, () -> call.with(new Borrowed<>(type.cast(cutting), 1, "test", "1"), loan));
      calls++;
      return super.yielding(type, ref, scope, call);
    }
  }
}
