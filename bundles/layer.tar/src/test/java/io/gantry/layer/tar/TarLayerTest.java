package io.gantry.layer.tar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.BrokenLayer;
import io.gantry.kit.image.BrokenLayers;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.image.Packing;
import io.gantry.kit.image.Sparse;
import io.gantry.kit.image.TarEntry;
import io.gantry.kit.image.TarStyle;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TarLayerTest {
  private static final Optional<Path> IGZIP = Programs.igzip("auto");
  private final TarLayer jvm = new TarLayer(new Decompression(Optional.empty(), 0));

  /** L-9: whatever happened, nothing of it stays. */
  @AfterEach
  void nothingIsLeft() {
    assertFalse(Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().startsWith("layer-")), "a thread is left");
    assertEquals(0, ProcessHandle.current().children().filter(p -> p.info().command().orElse("").endsWith("igzip")).count(),
        "a child is left");
  }

  private static Descriptor descriptor(Layer l) {
    return Descriptor.of("application/vnd.oci.image.layer.v1.tar+gzip", l.digest(), l.blob().length);
  }

  private static TarLayer igzip() {
    assumeTrue(IGZIP.isPresent(), "igzip is not on the PATH");
    return new TarLayer(new Decompression(IGZIP, 0));
  }

  private static Recording apply(TarLayer layer, Layer l) throws IOException {
    Recording r = new Recording();
    Applied applied = layer.apply(descriptor(l), new ByteArrayInputStream(l.blob()), r, r);
    assertEquals(new Applied(r.lines.size()), applied);
    assertEquals(r.lines.size(), r.counted);
    assertEquals(l.diffId().toString(), r.diffId());
    return r;
  }

  @TestFactory
  Stream<DynamicTest> everyPackingGivesTheSame() throws IOException {
    LayerBuilder b = oddities(TarStyle.PAX);
    List<String> plain = apply(jvm, b.layer(Packing.plain())).lines;
    return Map.of("gzip", Packing.gzip(), "members", Packing.gzipMembers(7), "trailing",
        Packing.gzipTrailing("no member".getBytes(StandardCharsets.UTF_8)),
        "trailing zeros", Packing.gzipTrailing(new byte[1000]), "zstd", Packing.zstd(), "skippable", Packing.zstdSkippable()).entrySet()
        .stream().flatMap(e -> Stream.of(
            DynamicTest.dynamicTest(e.getKey(), () -> assertEquals(plain, apply(jvm, b.layer(e.getValue())).lines)),
            DynamicTest.dynamicTest(e.getKey() + " by igzip", () -> assertEquals(plain, apply(igzip(), b.layer(e.getValue())).lines))));
  }

  /** What begins as a member is one that is cut short; all else is ignored, as gzip(1) does. */
  @TestFactory
  Stream<DynamicTest> bytesBehindTheLastMember() {
    byte[] tar = new LayerBuilder().file("f", "f").tar();
    Map<String, Boolean> taken = Map.of("1f", false, "1f8b", false, "1f8b0800", false, "1f8b6e6f", false, "00", true, "00".repeat(512),
        true, "8b", true, "1f00", true, "6e6f206d656d626572", true);
    return taken.entrySet().stream().flatMap(e -> {
      Layer l = Layer.of(tar, Packing.gzipTrailing(HexFormat.of().parseHex(e.getKey())));
      return Stream.of(DynamicTest.dynamicTest(e.getKey(), () -> assertEquals(e.getValue(), taken(jvm, l))),
          DynamicTest.dynamicTest(e.getKey() + " by igzip", () -> assertEquals(e.getValue(), taken(igzip(), l))));
    });
  }

  private static boolean taken(TarLayer layer, Layer l) throws IOException {
    try {
      return apply(layer, l).lines.size() == 1;
    } catch (InvalidException e) {
      return false;
    }
  }

  private static LayerBuilder oddities(TarStyle style) {
    byte[] cap = {1, 0, 0, 2, (byte) 0xff, 0, '\n', 0, '=', 0};
    return new LayerBuilder()
        .add(TarEntry.directory("./").style(style))
        .add(TarEntry.directory("etc").mode(01755).style(style))
        .add(TarEntry.file("d/".repeat(90) + "deep", "deep").style(style))
        .add(TarEntry.file(new byte[] {'x', (byte) 0xff, 'y'}, "latin".getBytes(StandardCharsets.UTF_8)).style(style))
        .add(TarEntry.file("big", new byte[700_000]).mode(06755).owner(3_000_000, 4_294_967_294L)
        .mtime(-5, style == TarStyle.GNU ? 0 : 999_999_999).style(style))
        .add(TarEntry.symlink("link", "t/".repeat(100)).style(style))
        .add(TarEntry.hardlink("hard", "big").style(style))
        .add(TarEntry.character("null", 1, 3).style(style))
        .add(TarEntry.block("sda", 300, 70_000).style(style))
        .add(TarEntry.fifo("fifo").style(style))
        .add(TarEntry.file("cap", "x").xattr("security.capability", cap).xattr("user.empty", new byte[0]))
        .whiteout("etc/gone").opaque("var").opaque("").whiteout("top");
  }

  @Test
  void attributesAreThoseOfTheArchive() throws IOException {
    for (TarStyle style : List.of(TarStyle.PAX, TarStyle.GNU)) {
      Recording r = apply(jvm, oddities(style).layer(Packing.plain()));
      Entry big = r.entries.get(4);
      assertEquals(List.of("big", 06755, 3_000_000L, 4_294_967_294L, 700_000L, -5L, style == TarStyle.GNU ? 0 : 999_999_999),
          List.of(big.name().toString(), big.mode(), big.uid(), big.gid(), big.size(), big.mtimeSeconds(), big.mtimeNanos()));
      assertArrayEquals(new byte[] {'x', (byte) 0xff, 'y'}, r.entries.get(3).name().bytes());
      assertEquals(200, r.entries.get(5).link().orElseThrow().length);
      assertEquals(List.of(300L, 70_000L), List.of(r.entries.get(8).major(), r.entries.get(8).minor()));
      assertArrayEquals(new byte[] {1, 0, 0, 2, (byte) 0xff, 0, '\n', 0, '=', 0}, r.entries.get(10).xattrs().getFirst().value());
      assertEquals(0, r.entries.get(10).xattrs().get(1).value().length);
      assertTrue(r.entries.getFirst().name().isRoot());
      assertEquals(List.of("whiteout etc/gone", "opaque var", "opaque ", "whiteout top"), r.lines.subList(11, 15));
    }
  }

  @Test
  void prefixOfUstarIsPartOfTheName() throws IOException {
    String name = "p".repeat(100) + "/" + "n".repeat(90);
    assertEquals(name, apply(jvm, new LayerBuilder().add(TarEntry.file(name, "").style(TarStyle.PREFIX)).layer(Packing.plain()))
        .entries.getFirst().name().toString());
  }

  @Test
  void globalHeadersChangeNothing() throws IOException {
    var pax = new io.gantry.kit.image.Pax().put("path", "other").put("uid", "77");
    Recording r = apply(jvm, new LayerBuilder().global(pax).file("mine", "m").layer(Packing.plain()));
    assertEquals(List.of("mine", 0L), List.of(r.entries.getFirst().name().toString(), r.entries.getFirst().uid()));
  }

  @TestFactory
  Stream<DynamicTest> sparseFilesAreExpanded() {
    byte[] a = new byte[512 * 3];
    byte[] b = new byte[100];
    new Random(1).nextBytes(a);
    new Random(2).nextBytes(b);
    List<Sparse.Chunk> chunks = new java.util.ArrayList<>();
    for (int i = 0; i < 60; i++) chunks.add(new Sparse.Chunk(10_000L * i, a));
    return Stream.of(new Sparse("s/few", 100_000, List.of(new Sparse.Chunk(4096, a), new Sparse.Chunk(50_000, b))),
            new Sparse("s/hole at the end", 1 << 20, List.of(new Sparse.Chunk(0, a))), new Sparse("s/all hole", 70_000, List.of()),
            new Sparse("s/many", 700_000, chunks))
        .flatMap(s -> Map.of("gnu", s.gnu(), "0.0", s.pax00(), "0.1", s.pax01(), "1.0", s.pax10()).entrySet().stream()
            .map(e -> DynamicTest.dynamicTest(s.name() + " " + e.getKey(), () -> {
              Recording r = apply(jvm, new LayerBuilder().raw(e.getValue()).file("after", "after").layer(Packing.gzip()));
              assertEquals(List.of(s.name(), "after"), r.entries.stream().map(x -> x.name().toString()).toList());
              assertArrayEquals(s.expanded(), r.data.getFirst());
            })));
  }

  @TestFactory
  Stream<DynamicTest> brokenArchivesAreRefused() {
    return Stream.concat(BrokenLayers.broken().stream(), BrokenLayers.tooLarge().stream()).flatMap(b -> Stream.of(
        DynamicTest.dynamicTest(b.name(), () -> refused(jvm, b, Packing.plain())),
        DynamicTest.dynamicTest(b.name() + " (gzip)", () -> refused(IGZIP.isPresent() ? igzip() : jvm, b, Packing.gzip()))));
  }

  private static void refused(TarLayer layer, BrokenLayer b, Packing packing) {
    GantryException e = assertThrows(GantryException.class, () -> apply(layer, Layer.of(b.tar(), packing)));
    assertTrue(b.accepts(e), () -> b + ": " + e);
    assertTrue(e.getMessage().contains("layer"), e::getMessage);
  }

  @TestFactory
  Stream<DynamicTest> damagedCompressionIsInvalid() {
    byte[] tar = new LayerBuilder().file("f", random(300_000), 0644).tar();
    return Map.of("gzip", Packing.gzip(), "zstd", Packing.zstd()).entrySet().stream()
        .flatMap(p -> Stream.of(jvm, new TarLayer(new Decompression(IGZIP, 0))).flatMap(
        layer -> Stream.of(1, 5, 17, 1000, 150_000, 290_000).map(cut -> DynamicTest.dynamicTest(p.getKey() + " cut by " + cut, () -> {
          byte[] whole = p.getValue().pack().apply(tar);
          byte[] part = java.util.Arrays.copyOf(whole, whole.length - cut);
          Layer l = new Layer("", part, Digest.sha256(new byte[32]), Digest.sha256(new byte[32]), 0);
          assertThrows(InvalidException.class, () -> apply(layer, l));
          whole[whole.length - cut] ^= 0x10;
          if (p.getKey().equals("zstd") && cut > 5) return; // zstd's simple API writes no checksum of contents
          assertThrows(InvalidException.class, () -> apply(layer, new Layer("", whole, l.digest(), l.diffId(), 0)));
        }))));
  }

  @Test
  void foreignCompressionIsNamed() {
    Layer l = Layer.of(new byte[0], new Packing("", b -> new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 0}));
    assertTrue(assertThrows(InvalidException.class, () -> apply(jvm, l)).getMessage().contains("xz"));
  }

  @Test
  void bytesBehindTheEndBelongToTheDiffId() throws IOException {
    byte[] tar = new LayerBuilder().file("f", "f").tar();
    byte[] more = java.util.Arrays.copyOf(tar, tar.length + 3_000_001);
    more[more.length - 1] = 'x';
    for (TarLayer t : List.of(jvm, new TarLayer(new Decompression(IGZIP, 0)))) {
      assertEquals(more.length, apply(t, Layer.of(more, Packing.gzip())).uncompressed);
    }
  }

  /** They cost time, and no limit of bytes or entries counts them. */
  @Test
  void emptyMembersWithoutEndAreRefused() throws IOException {
    byte[] tar = new LayerBuilder().file("f", "f").tar();
    assertEquals(1, apply(jvm, Layer.of(tar, followed(1000))).lines.size());
    var e = assertThrows(IOException.class, () -> apply(jvm, Layer.of(tar, followed(1001))));
    assertTrue(e.getMessage().contains("more than 1000 gzip members in a row are empty"), e.getMessage());
  }

  private static Packing followed(int empty) {
    byte[] none = Packing.gzip().pack().apply(new byte[0]);
    return new Packing("gzip", tar -> {
      var blob = new ByteArrayOutputStream();
      blob.writeBytes(Packing.gzip().pack().apply(tar));
      for (int i = 0; i < empty; i++) blob.writeBytes(none);
      return blob.toByteArray();
    });
  }

  @Test
  void nothingAtAllIsAnEmptyLayer() throws IOException {
    assertEquals(List.of(), apply(jvm, Layer.of(new byte[0], Packing.plain())).lines);
    assertEquals(List.of(), apply(jvm, Layer.of(new byte[1024], Packing.gzip())).lines);
  }

  @Test
  void failuresOfTheBlobPassUnchanged() {
    Layer l = new LayerBuilder().file("f", random(3_000_000), 0644).gzip();
    for (TarLayer t : List.of(jvm, new TarLayer(new Decompression(IGZIP, 0)))) {
      UnavailableException gone = new UnavailableException("the network is away");
      InputStream blob = new SequenceInputStream(new ByteArrayInputStream(l.blob(), 0, 1_500_000), new FailingStream(gone));
      Recording r = new Recording();
      assertSame(gone, assertThrows(UnavailableException.class, () -> t.apply(descriptor(l), blob, r, r)));
    }
  }

  @Test
  void failuresOfTheSinkPassUnchangedAndEndTheRest() {
    Layer l = new ManyFiles(1, 500, 20_000, 7).build(Packing.gzip()).getFirst();
    for (TarLayer t : List.of(jvm, new TarLayer(new Decompression(IGZIP, 0)))) {
      IOException full = new IOException("no space");
      Recording r = new Recording();
      LayerSink sink = (LayerSink) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {LayerSink.class},
          (p, m, a) -> {
            throw full;
          });
      assertSame(full, assertThrows(IOException.class, () -> t.apply(descriptor(l), new ByteArrayInputStream(l.blob()), r, sink)));
    }
  }

  @Test
  void aSlowBlobHandsOverWhatIsThere() throws Exception {
    byte[] tar = new LayerBuilder().file("first", "1").file("second", random(2_000_000), 0644).tar();
    var gate = new java.util.concurrent.CountDownLatch(1);
    InputStream blob = new FilterInputStream(new ByteArrayInputStream(tar)) {
      private int given;

      @Override
      public int read(byte[] into, int offset, int count) throws IOException {
        if (given > 2048) await(gate);
        int n = super.read(into, offset, given > 2048 ? count : Math.min(count, 512));
        given += n;
        return n;
      }
    };
    var first = new java.util.concurrent.CountDownLatch(1);
    Recording r = new Recording() {
      @Override
      public void entry(Entry e, InputStream in) throws IOException {
        super.entry(e, in);
        first.countDown();
      }
    };
    Thread t = Thread.ofPlatform().start(() -> {
      try {
        jvm.apply(Descriptor.of("x/y", Digest.sha256(new byte[32]), tar.length), blob, r, r);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
    boolean came = first.await(30, java.util.concurrent.TimeUnit.SECONDS);
    gate.countDown();
    assertTrue(came, "the first entry is not there while the blob still grows");
    t.join();
    assertEquals(2, r.lines.size());
  }

  private static void await(java.util.concurrent.CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void mediaTypesOfLayersAreAccepted() {
    for (String t : List.of("application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "application/vnd.docker.image.rootfs.diff.tar")) {
      assertTrue(jvm.accepts(t), t);
    }
    for (String t : List.of("application/vnd.oci.image.layer.v1.tar+encrypted", "application/vnd.erofs", "text/plain",
        "application/vnd.oci.image.config.v1+json")) {
      assertFalse(jvm.accepts(t), t);
    }
  }

  private static byte[] random(int n) {
    byte[] b = new byte[n];
    new Random(n).nextBytes(b);
    return b;
  }

  private static final class FailingStream extends InputStream {
    private final IOException e;

    FailingStream(IOException e) {
      this.e = e;
    }

    @Override
    public int read() throws IOException {
      throw e;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
      throw e;
    }
  }
}
