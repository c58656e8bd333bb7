package io.gantry.kit.rules;

import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Breakout;
import io.gantry.kit.image.BrokenLayer;
import io.gantry.kit.image.BrokenLayers;
import io.gantry.kit.image.HostileLayers;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.image.Packing;
import io.gantry.kit.image.Pax;
import io.gantry.kit.image.Sparse;
import io.gantry.kit.image.TarEntry;
import io.gantry.kit.image.TarStyle;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The rules of {@link LayerApplier}. */
public final class LayerContract implements Contract<LayerApplier> {
  private static final String WHEN = TarEntry.EPOCH + "+0";

  @Override
  public String name() {
    return "LayerApplier";
  }

  @Rule("L-1")
  void everyKindOfEntryComesWithAllAttributes(Trial<LayerApplier> t) throws Exception {
    byte[] big = t.bytes(300_000);
    byte[] capability = {1, 0, 0, 2, (byte) 0x80, 0, 0, 0, 0, (byte) 0xff, 0, 0, '\n', '=', 0, 0, 0, 0, 0, 0};
    byte[] tar = new LayerBuilder().add(
        TarEntry.directory("./").mode(0711), TarEntry.directory("d").mode(01777).mtime(1_234_567_890L, 123_456_789),
        TarEntry.file("d/set", "hello").mode(06755).owner(100_000, 4_294_967_294L).mtime(-2, 500_000_000),
        TarEntry.file("./d/big", big).mode(0).mtime(-5, 0), TarEntry.file("/d//empty", ""), TarEntry.of('\0', bytes("d/old"))
        .data(bytes("v7")),
        TarEntry.file("d/typed", "t").mode(0100644),
        TarEntry.symlink("d/s", "../../no/such//place"), TarEntry.hardlink("d/h", "/d/set"),
        TarEntry.character("d/c", 1, 3), TarEntry.block("d/b", 259, 1_048_575), TarEntry.fifo("d/p").mode(0620),
        TarEntry.file("d/x", "x").xattr("user.one", bytes("1")).xattr("security.capability", capability).xattr("user.empty", new byte[0])
            .xattr(new byte[] {'u', 's', 'e', 'r', '.', (byte) 0xff}, new byte[] {0})).tar();
    t.equal(List.of("DIRECTORY  711 0:0 " + WHEN, "DIRECTORY d 1777 0:0 1234567890+123456789",
        "FILE d/set 6755 100000:4294967294 -2+500000000 [hello]", "FILE d/big 0 0:0 -5+0 " + RecordingSink.content(big),
        "FILE d/empty 644 0:0 " + WHEN + " []",
        "FILE d/old 644 0:0 " + WHEN + " [v7]", "FILE d/typed 644 0:0 " + WHEN + " [t]",
        "SYMLINK d/s 777 0:0 " + WHEN + " -> ../../no/such//place", "HARDLINK d/h 644 0:0 " + WHEN + " -> /d/set",
        "CHARACTER d/c 600 0:0 " + WHEN + " 1,3", "BLOCK d/b 600 0:0 " + WHEN + " 259,1048575", "FIFO d/p 620 0:0 " + WHEN,
        "FILE d/x 644 0:0 " + WHEN + " user.one=1 security.capability=" + RecordingSink.show(capability)
        + " user.empty= user.\\ff=\\00 [x]"),
        Application.of(t, tar).run(t.driver()).lines(), "entries of the layer");
  }

  @Rule("L-1")
  void namesAndNumbersComeInEveryStyle(Trial<LayerApplier> t) throws Exception {
    byte[] raw = {'n', (byte) 0xff, (byte) 0xc3, '/', (byte) 0xfe};
    byte[] longRaw = bytes("a/".repeat(70) + "x".repeat(80));
    longRaw[200] = (byte) 0xff;
    for (TarStyle style : TarStyle.values()) {
      byte[] link = Arrays.copyOf(longRaw, 150);
      byte[] tar = new LayerBuilder().add(TarEntry.file(raw, bytes("r")).style(style), TarEntry.symlink(longRaw, link).style(style),
          TarEntry.file("straße", "s").style(style).owner(70_000_000, 2_097_152).mtime(-86_400, 0), TarEntry.file("last", "l").style(style))
          .tar();
      t.equal(List.of("FILE n\\ff\\c3/\\fe 644 0:0 " + WHEN + " [r]", "SYMLINK " + RecordingSink.show(longRaw) + " 777 0:0 " + WHEN
          + " -> " + RecordingSink.show(link),
          "FILE stra\\c3\\9fe 644 70000000:2097152 -86400+0 [s]", "FILE last 644 0:0 " + WHEN + " [l]"),
          Application.of(t, tar).run(t.driver()).lines(), "entries in style " + style);
    }
  }

  @Rule("L-2")
  void whiteoutsAndOpaqueMarksAreTold(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().whiteout("gone").whiteout("d/gone").opaque("d").opaque("").file(".wh.d/f", "x")
        .file("a/b/../.wh.up", "").file("last", "l").tar();
    t.equal(List.of("WHITEOUT gone", "WHITEOUT d/gone", "OPAQUE d", "OPAQUE ", "FILE .wh.d/f 644 0:0 " + WHEN + " [x]", "WHITEOUT a/up",
        "FILE last 644 0:0 " + WHEN + " [l]"), Application.of(t, tar).run(t.driver()).lines(), "entries and marks");
  }

  @Rule("L-2")
  void whiteoutOfTheRootOrOfDotsIsInvalid(Trial<LayerApplier> t) throws Exception {
    for (Breakout b : HostileLayers.breakouts()) {
      if (!b.refused() || !b.name().startsWith("Whiteout")) continue;
      Application a = Application.of(t, b.tar(t.root()));
      t.fails(InvalidException.class, b.name(), () -> a.run(t.driver()));
    }
  }

  @Rule("L-3")
  void uncompressedBytesAreReadOnceToTheirEnd(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().file("f", "x").raw(new byte[20 * 512]).raw(t.bytes(3333)).open();
    for (Packing p : List.of(Packing.plain(), Packing.gzip(), Packing.zstd())) {
      Layer layer = Layer.of(tar, p);
      Application a = Application.of(Application.types(t).getFirst(), layer).run(t.driver());
      t.equal(List.of("FILE f 644 0:0 " + WHEN + " [x]"), a.lines(), "entries before the end of the archive");
      t.equal(1, a.taps.streams(), "how often the tapped stream was asked for");
      t.equal(layer.diffId(), a.taps.diffId(), "digest of the uncompressed bytes, as read, packed as '" + p.suffix() + "'");
      t.check(a.taps.ended(), "the uncompressed stream was not read until it said that it ends");
    }
  }

  @Rule("L-4")
  void compressionIsToldByTheBytes(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().file("f", t.bytes(200_000), 0644).file("last", "l").tar();
    List<Packing> packings = List.of(Packing.plain(), Packing.gzip(), Packing.gzipMembers(4), Packing.zstd(), Packing.zstdSkippable());
    for (String type : Application.types(t)) {
      for (int i = 0; i < packings.size(); i++) {
        Layer layer = Layer.of(tar, packings.get(i));
        Application a = Application.of(type, layer).run(t.driver());
        t.equal(2, a.lines().size(), "entries of packing " + i + " called " + type);
        t.equal(layer.diffId(), a.taps.diffId(), "digest of the tar of packing " + i + " called " + type);
      }
    }
  }

  @Rule("L-5")
  void brokenArchiveIsRefused(Trial<LayerApplier> t) throws Exception {
    for (BrokenLayer b : BrokenLayers.broken()) refused(t, b);
  }

  @Rule("L-5")
  void archiveMayEndBehindItsLastEntry(Trial<LayerApplier> t) throws Exception {
    byte[] open = new LayerBuilder().file("a", t.bytes(700), 0644).file("b", t.bytes(700), 0644).open();
    byte[] withoutPadding = Arrays.copyOf(open, open.length - (1024 - 700));
    for (byte[] tar : List.of(open, Arrays.copyOf(open, open.length + 512), withoutPadding)) {
      Application a = Application.of(t, tar).run(t.driver());
      t.equal(2, a.lines().size(), "entries of an archive of " + tar.length + " bytes");
      t.equal(Content.digest(tar), a.taps.diffId(), "digest of an archive of " + tar.length + " bytes");
    }
  }

  @Rule("L-5")
  void brokenCompressionIsRefused(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().file("f", t.bytes(100_000), 0644).tar();
    byte[] gzip = Packing.gzip().pack().apply(tar);
    byte[] zstd = Packing.zstd().pack().apply(tar);
    byte[] badSum = gzip.clone();
    badSum[gzip.length - 6] ^= 1;
    byte[] badMiddle = gzip.clone();
    badMiddle[gzip.length / 2] ^= 0x55;
    var cases = new java.util.LinkedHashMap<String, byte[]>();
    cases.put("gzip cut in the middle", Arrays.copyOf(gzip, gzip.length / 2));
    cases.put("gzip without its last bytes", Arrays.copyOf(gzip, gzip.length - 4));
    cases.put("gzip with a wrong checksum", badSum);
    cases.put("gzip with other bytes in the middle", badMiddle);
    cases.put("zstd cut in the middle", Arrays.copyOf(zstd, zstd.length / 2));
    for (var c : cases.entrySet()) {
      Layer layer = new Layer("", c.getValue(), Content.digest(c.getValue()), Content.digest(tar), tar.length);
      Application a = Application.of(Application.types(t).getFirst(), layer);
      t.fails(InvalidException.class, c.getKey(), () -> a.run(t.driver()));
    }
  }

  @Rule("L-6")
  void largeHeaderIsRefusedBeforeItIsKept(Trial<LayerApplier> t) throws Exception {
    for (BrokenLayer b : BrokenLayers.tooLarge()) {
      Application a = refused(t, b);
      long most = Application.MAX_HEADER + (2L << 20); // a driver may read ahead
      t.check(a.taps.bytes() <= most, b.name() + ": " + a.taps.bytes() + " bytes were read before it was refused, at most " + most
          + " are needed");
    }
    byte[] name = bytes("n/".repeat(2000) + "f");
    byte[] value = t.bytes(200_000);
    byte[] allowed = new LayerBuilder().add(TarEntry.file(name, new byte[0]), TarEntry.file("x", "").xattr("user.v", value)).tar();
    t.equal(2, Application.of(t, allowed).run(t.driver()).lines().size(), "entries with large headers that are allowed");
  }

  private static Application refused(Trial<LayerApplier> t, BrokenLayer b) throws Exception {
    Application a = Application.of(t, b.tar());
    Throwable e = t.fails(Throwable.class, b.name(), () -> a.run(t.driver()));
    if (!b.accepts(e)) {
      throw new AssertionError(b.name() + ": expected one of " + b.errors().stream().map(Class::getSimpleName).toList() + ", was thrown "
          + e, e);
    }
    t.check(e.getMessage() != null && !e.getMessage().isBlank(), b.name() + ": the refusal says nothing");
    return a;
  }

  @Rule("L-7")
  void entriesAreCountedAndNothingIsClosed(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().directory("d", 0755).file("d/f", "x").whiteout("w").opaque("d").symlink("s", "t").tar();
    Application a = Application.of(t, tar).run(t.driver());
    t.equal(5L, a.taps.entries(), "entries told to the taps");
    t.equal(5L, a.applied.entries(), "entries and whiteouts in the answer");
    t.equal(List.of(false, false, false), List.of(a.sink.finished(), a.sink.closed(), a.source.closed()),
        "whether sink was finished, sink closed, blob closed");
  }

  @Rule("L-7")
  void errorsOfSinkAndTapsPassUnchanged(Trial<LayerApplier> t) throws Exception {
    Layer layer = new LayerBuilder().file("f", t.bytes(100_000), 0644).file("g", "x").whiteout("w").gzip();
    for (IOException thrown : List.of(new NeedsParentsException("as told"), new ExhaustedException("as told"),
        new IOException("as told"))) {
      for (String where : List.of("entry", "whiteout", "data", "taps")) {
        Application a = failing(Application.types(t).getFirst(), layer, where, thrown);
        IOException e = t.fails(IOException.class, "an error from " + where, () -> a.run(t.driver()));
        t.check(e == thrown, "an error from " + where + " became " + e);
        t.equal(List.of(false, false), List.of(a.sink.finished(), a.sink.closed()),
            "whether the sink was finished, closed, after an error from " + where);
      }
    }
  }

  private static Application failing(String type, Layer layer, String where, IOException thrown) {
    RecordingSink sink = new RecordingSink() {
      @Override
      public void entry(Entry e, InputStream data) throws IOException {
        if (where.equals("entry")) throw thrown;
        if (where.equals("data") && data.read() >= 0) throw thrown;
        super.entry(e, data);
      }

      @Override
      public void whiteout(io.gantry.spi.layer.Name name) throws IOException {
        if (where.equals("whiteout")) throw thrown;
        super.whiteout(name);
      }
    };
    MeteredTaps taps = new MeteredTaps(Application.MAX_HEADER) {
      @Override
      public void entry() throws IOException {
        if (where.equals("taps") && entries() == 1) throw thrown;
        super.entry();
      }
    };
    return new Application(io.gantry.api.Descriptor.of(type, layer.digest(), layer.blob().length), layer.blob(), sink, taps);
  }

  @Rule("L-8")
  void sparseFilesAreExpanded(Trial<LayerApplier> t) throws Exception {
    List<Sparse.Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < 30; i++) chunks.add(new Sparse.Chunk(4096L * i, t.bytes(512)));
    for (Sparse s : List.of(new Sparse("s", 200_000, chunks), new Sparse("s", 100_000, List.of()),
        new Sparse("s", 50_077, List.of(new Sparse.Chunk(50_000, t.bytes(77)))))) {
      List<byte[]> forms = List.of(s.gnu(), s.pax00(), s.pax01(), s.pax10());
      for (int i = 0; i < forms.size(); i++) {
        List<String> lines = Application.of(t, new LayerBuilder().raw(forms.get(i)).file("after", "a").tar()).run(t.driver()).lines();
        t.equal(List.of("FILE s 644 0:0 " + WHEN + " " + RecordingSink.content(s.expanded()), "FILE after 644 0:0 " + WHEN + " [a]"),
            lines, s + " in form " + i);
      }
    }
  }

  @Rule("L-8")
  void globalHeaderChangesNothing(Trial<LayerApplier> t) throws Exception {
    byte[] tar = new LayerBuilder().global(new Pax().put("path", "other").put("mtime", "1").put("uid", "7").put("size", "0")
        .put("comment", "c"))
        .file("f", "x").add(TarEntry.file("g", "y").owner(3_000_000, 0)).tar();
    t.equal(List.of("FILE f 644 0:0 " + WHEN + " [x]", "FILE g 644 3000000:0 " + WHEN + " [y]"), Application.of(t, tar).run(t.driver())
        .lines(),
        "entries behind a global header");
  }

  @Rule("L-9")
  void applicationsRunSideBySide(Trial<LayerApplier> t) throws Exception {
    List<Layer> layers = ManyFiles.of(6, 60, t.seed()).build(Packing.gzip());
    String type = Application.types(t).getFirst();
    LayerApplier driver = t.driver();
    List<List<String>> alone = new ArrayList<>();
    for (Layer l : layers) alone.add(Application.of(type, l).run(driver).lines());
    List<Callable<Application>> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Layer l = layers.get(i % 6);
      all.add(() -> Application.of(type, l).run(driver));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Application>> done = threads.invokeAll(all);
      for (int i = 0; i < 12; i++) {
        Application a = done.get(i).get();
        t.equal(alone.get(i % 6), a.lines(), "entries of one of four layers at once");
        t.equal(layers.get(i % 6).diffId(), a.taps.diffId(), "digest of one of four layers at once");
      }
    }
  }

  @Rule("L-9")
  void threadsAndProcessesAreGoneAfterwards(Trial<LayerApplier> t) throws Exception {
    LayerApplier driver = t.driver();
    String type = Application.types(t).getFirst();
    Layer layer = Layer.of(new LayerBuilder().file("f", t.bytes(3_000_000), 0644).file("g", "x").tar(), Packing.gzip());
    leavesNothing("an application", () -> Application.of(type, layer).run(driver));
    leavesNothing("an application that failed", () -> {
      Application failing = failing(type, layer, "taps", new IOException("as told"));
      t.fails(IOException.class, "an error from taps", () -> failing.run(driver));
    });
    Layer cut = new Layer("gzip", Arrays.copyOf(layer.blob(), 1_000_000), layer.digest(), layer.diffId(), 0);
    leavesNothing("an application of a layer that is cut",
        () -> t.fails(IOException.class, "a layer that is cut", () -> Application.of(type, cut).run(driver)));
  }

  /** Others in this JVM start processes too, and nothing tells whose one is: the driver's are those that it leaves each time. */
  private static void leavesNothing(String what, Trial.Call application) throws Exception {
    List<ProcessHandle> left = List.of();
    for (int tries = 0; tries < 3; tries++) {
      Threads threads = new Threads();
      List<ProcessHandle> before = ProcessHandle.current().children().toList();
      threads.run(application);
      Threads.await(() -> own(threads).isEmpty(), () -> "threads are left after " + what + ": " + own(threads));
      left = ProcessHandle.current().children().filter(p -> !before.contains(p) && !ends(p)).toList();
      if (left.isEmpty()) return;
    }
    throw new AssertionError("a process is left after each of three times " + what + ", such as " + left.getFirst().info());
  }

  /** But those that the JVM or the calls of the system keep, once they are asked for. */
  private static List<String> own(Threads threads) {
    return threads.alive().stream().filter(n -> !n.matches("(ForkJoinPool|.*Cleaner).*")).toList();
  }

  /** What has done its work takes a moment for that; one that takes long once is not blamed. */
  private static boolean ends(ProcessHandle p) {
    return p.onExit().thenApply(e -> true).completeOnTimeout(false, 5, TimeUnit.SECONDS).join();
  }

  private static byte[] bytes(String s) {
    return s.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
