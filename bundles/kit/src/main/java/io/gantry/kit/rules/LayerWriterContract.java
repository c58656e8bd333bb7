package io.gantry.kit.rules;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.ImageFormat;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import io.gantry.spi.layer.Name;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The rules of {@link LayerWriter}. */
public final class LayerWriterContract implements Contract<LayerWriter> {
  @Override
  public String name() {
    return "LayerWriter";
  }

  /** Bytes that were written, by a stream that knows whether it was closed. */
  private static final class Kept extends ByteArrayOutputStream {
    private boolean closed;

    @Override
    public void close() {
      closed = true;
    }
  }

  /** A layer as it was written. */
  private record Written(Kept blob, Kept plain) {
    Written() {
      this(new Kept(), new Kept());
    }
  }

  /** What is written. */
  @FunctionalInterface
  private interface Layer {
    void into(LayerSink sink) throws IOException;
  }

  private static Written write(LayerWriter writer, String type, Layer layer) throws IOException {
    var w = new Written();
    try (LayerSink sink = writer.open(type, w.blob, w.plain)) {
      layer.into(sink);
      sink.finish();
    }
    return w;
  }

  /** What the driver itself reads of it. */
  private static List<String> read(Trial<LayerWriter> t, String type, Written w) throws Exception {
    t.check(t.driver() instanceof LayerApplier, "the driver writes layers and does not read them");
    var sink = new RecordingSink();
    byte[] blob = w.blob.toByteArray();
    ((LayerApplier) t.driver()).apply(Descriptor.of(type, Content.digest(blob), blob.length), new ByteArrayInputStream(blob),
        new MeteredTaps(Application.MAX_HEADER), sink);
    return sink.lines();
  }

  private static List<String> types(Trial<LayerWriter> t) throws Exception {
    List<String> all = new ArrayList<>();
    for (ImageFormat f : ImageFormat.values()) {
      for (String suffix : List.of("", "gzip", "zstd")) if (t.driver().writes(f.layerType(suffix))) all.add(f.layerType(suffix));
    }
    t.need(!all.isEmpty(), "the driver writes no media type of tars");
    return all;
  }

  private static Entry entry(String name, Entry.Type type, int size) {
    Optional<byte[]> link = type == Entry.Type.SYMLINK || type == Entry.Type.HARDLINK ? Optional.of("to".getBytes()) : Optional.empty();
    return new Entry(Name.of(name), type, 0644, 0, 0, size, 1_600_000_000, 0, link, 0, 0, List.of());
  }

  private static void file(LayerSink sink, String name, byte[] data) throws IOException {
    sink.entry(entry(name, Entry.Type.FILE, data.length), new ByteArrayInputStream(data));
  }

  @Rule("W-1")
  void whatIsWrittenIsReadAgain(Trial<LayerWriter> t) throws Exception {
    byte[] odd = {'n', (byte) 0xff, (byte) 0xc3, '/', (byte) 0xfe, '\n'};
    byte[] far = ("a/".repeat(60) + "x".repeat(150)).getBytes();
    far[200] = (byte) 0xff;
    byte[] capability = {1, 0, 0, 2, (byte) 0x80, 0, 0, 0, 0, (byte) 0xff, 0, 0, '\n', '=', 0, 0, 0, 0, 0, 0};
    var xattrs = List.of(new Entry.Xattr("security.capability".getBytes(), capability), new Entry.Xattr("user.empty".getBytes(),
        new byte[0]), new Entry.Xattr(new byte[] {'u', 's', 'e', 'r', '.', (byte) 0xff}, new byte[] {0}));
    byte[] big = t.bytes(300_000);
    Optional<byte[]> none = Optional.empty();
    Layer all = sink -> {
      for (Entry.Type type : Entry.Type.values()) sink.entry(entry("kind " + type, type, 0), InputStream.nullInputStream());
      sink.entry(new Entry(Name.of("d"), Entry.Type.DIRECTORY, 07777, 70_000_000, 4_294_967_294L, 0, -2, 500_000_000, none, 0, 0, xattrs),
          InputStream.nullInputStream());
      sink.entry(new Entry(Name.clean(odd), Entry.Type.FILE, 0, 2_097_151, 2_097_152, big.length, -86_400, 0, none, 0, 0, xattrs),
          new ByteArrayInputStream(big));
      sink.entry(new Entry(Name.clean(far), Entry.Type.FILE, 0400, 0, 0, 513, 1L << 33, 1, none, 0, 0, List.of()),
          new ByteArrayInputStream(big, 0, 513));
      sink.entry(new Entry(Name.clean(far), Entry.Type.SYMLINK, 0777, 0, 0, 0, 0, 10, Optional.of(Arrays.copyOf(far, 250)), 0, 0, List
          .of()), InputStream.nullInputStream());
      for (int length = 80; length < 112; length++) { // where a record's length gets one more digit, and a header's field is full
        byte[] name = "y".repeat(length).getBytes();
        sink.entry(new Entry(Name.clean(name), Entry.Type.HARDLINK, 0644, 0, 0, 0, 7, 0, Optional.of(name), 0, 0, List.of()),
            InputStream.nullInputStream());
      }
      sink.entry(new Entry(Name.of("b"), Entry.Type.BLOCK, 0600, 0, 0, 0, 7, 0, none, 4095, 1_048_575, List.of()), InputStream
          .nullInputStream());
      file(sink, "last", "l".getBytes());
    };
    var expected = new RecordingSink();
    all.into(expected);
    for (String type : types(t)) {
      t.equal(expected.lines(), read(t, type, write(t.driver(), type, all)), "entries that were written as " + type);
    }
  }

  @Rule("W-2")
  void marksAreWritten(Trial<LayerWriter> t) throws Exception {
    Layer marks = sink -> {
      sink.whiteout(Name.of("gone"));
      sink.whiteout(Name.of("d/" + "gone".repeat(40)));
      sink.opaque(Name.of("d"));
    };
    var expected = new RecordingSink();
    marks.into(expected);
    String type = types(t).getFirst();
    Written w = write(t.driver(), type, marks);
    t.equal(expected.lines(), read(t, type, w), "marks that were written");
    String header = new String(w.plain.toByteArray(), 0, 512, java.nio.charset.StandardCharsets.ISO_8859_1);
    t.check(header.startsWith(".wh.gone\0"), "the first entry is not called .wh.gone");
    t.equal("00000000000", header.substring(136, 147), "time of a whiteout");
    for (String name : List.of(".wh.f", "d/.wh..wh..opq")) {
      t.fails(InvalidException.class, "an entry called " + name, () -> write(t.driver(), type, sink -> file(sink, name, new byte[1])));
    }
  }

  @Rule("W-3")
  void sameCallsGiveTheSameBytes(Trial<LayerWriter> t) throws Exception {
    byte[] data = t.bytes(100_000);
    Layer layer = sink -> {
      file(sink, "f", data);
      sink.whiteout(Name.of("w"));
      file(sink, "y".repeat(300), data);
    };
    List<Written> first = new ArrayList<>();
    for (String type : types(t)) first.add(write(t.driver(), type, layer));
    new CountDownLatch(1).await(1100, TimeUnit.MILLISECONDS); // the next second, which a time stamp would tell
    LayerWriter another = t.another();
    for (int i = 0; i < first.size(); i++) {
      String type = types(t).get(i);
      Written again = write(another, type, layer);
      t.equal(Content.digest(first.get(i).blob.toByteArray()), Content.digest(again.blob.toByteArray()), "digest of the same layer as "
          + type);
      t.equal(Content.digest(first.get(i).plain.toByteArray()), Content.digest(again.plain.toByteArray()), "diff id of the same layer as "
          + type);
    }
  }

  @Rule("W-4")
  void theBlobIsCompressedAsItsTypeSays(Trial<LayerWriter> t) throws Exception {
    byte[] data = t.bytes(100_000);
    for (String type : types(t)) {
      Written w = write(t.driver(), type, sink -> file(sink, "f", data));
      byte[] blob = w.blob.toByteArray();
      String magic = HexFormat.of().formatHex(blob, 0, 4);
      if (type.endsWith("gzip")) t.check(magic.startsWith("1f8b"), type + " begins with " + magic);
      else if (type.endsWith("zstd")) t.equal("28b52ffd", magic, "first bytes as " + type);
      else t.check(Arrays.equals(blob, w.plain.toByteArray()), type + " is not the plain archive");
      var taps = new MeteredTaps(Application.MAX_HEADER);
      ((LayerApplier) t.driver()).apply(Descriptor.of(type, Content.digest(blob), blob.length), new ByteArrayInputStream(blob), taps,
          new RecordingSink());
      t.equal(taps.diffId(), Content.digest(w.plain.toByteArray()), "diff id of what is read, and digest of the plain bytes, as " + type);
    }
    String other = "application/x-never-heard-of";
    t.check(!t.driver().writes(other), "the driver says that it writes " + other);
    t.fails(UnsupportedException.class, "a layer of type " + other, () -> t.driver().open(other, new Kept(), new Kept()).close());
  }

  @Rule("W-5")
  void dataHaveTheirSize(Trial<LayerWriter> t) throws Exception {
    String type = types(t).getFirst();
    t.fails(InvalidException.class, "data that end early", () -> write(t.driver(), type, sink -> sink.entry(entry("f", Entry.Type.FILE,
        1000), new ByteArrayInputStream(new byte[999]))));
    var data = new ByteArrayInputStream(new byte[1500]);
    write(t.driver(), type, sink -> sink.entry(entry("f", Entry.Type.FILE, 1000), data));
    t.equal(500, data.available(), "bytes that are left of 1500 behind a file of 1000");
  }

  @Rule("W-6")
  void streamsAreTheCallers(Trial<LayerWriter> t) throws Exception {
    for (String type : types(t)) {
      var w = new Written();
      LayerSink sink = t.driver().open(type, w.blob, w.plain);
      file(sink, "f", t.bytes(5_000));
      sink.finish();
      int size = w.blob.size() + w.plain.size();
      sink.close();
      sink.close();
      t.equal(size, w.blob.size() + w.plain.size(), "bytes after finish, and after close, as " + type);
      t.check(!w.blob.closed && !w.plain.closed, "a stream was closed, as " + type);
      var half = new Written();
      LayerSink left = t.driver().open(type, half.blob, half.plain);
      file(left, "f", t.bytes(5_000));
      int before = half.blob.size() + half.plain.size();
      left.close();
      t.equal(before, half.blob.size() + half.plain.size(), "bytes before and after the close of one that was not finished, as " + type);
      var thrown = new IOException("as told");
      OutputStream full = new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          throw thrown;
        }
      };
      for (boolean blob : new boolean[] {true, false}) {
        IOException e = t.fails(IOException.class, "a stream that fails", () -> {
          try (LayerSink failing = t.driver().open(type, blob ? full : new Kept(), blob ? new Kept() : full)) {
            file(failing, "f", t.bytes(3_000_000));
            failing.finish();
          }
        });
        t.check(e == thrown, "an error of a stream became " + e + ", as " + type);
      }
    }
  }

  @Rule("W-7")
  void writingsRunSideBySide(Trial<LayerWriter> t) throws Exception {
    String type = types(t).getLast();
    LayerWriter writer = t.driver();
    List<Callable<byte[]>> all = new ArrayList<>();
    List<byte[]> alone = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      byte[] data = t.bytes(50_000 + i);
      Layer layer = sink -> {
        for (int f = 0; f < 10; f++) file(sink, "f" + f, data);
      };
      alone.add(write(writer, type, layer).blob.toByteArray());
      all.add(() -> write(writer, type, layer).blob.toByteArray());
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<byte[]>> done = threads.invokeAll(all);
      for (int i = 0; i < 8; i++) t.check(Arrays.equals(alone.get(i), done.get(i).get()), "one of four layers at once has other bytes");
    }
  }
}
