package io.gantry.layer.tar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read by GNU tar; that the driver reads it again, and the rest, the kit's rules try. */
class TarWriterTest {
  private static final String TYPE = "application/vnd.oci.image.layer.v1.tar";
  @TempDir Path folder;

  private static Entry entry(byte[] name, Entry.Type type, int mode, long uid, long size, String link) {
    boolean device = type == Entry.Type.CHARACTER || type == Entry.Type.BLOCK;
    return new Entry(Name.clean(name), type, mode, uid, 7, size, 1_600_000_000, 0, link.isEmpty() ? Optional.empty() : Optional.of(link
        .getBytes(StandardCharsets.UTF_8)), device ? 8 : 0, device ? 70_000 : 0, List.of());
  }

  private static Entry entry(String name, Entry.Type type, int mode, String link) {
    return entry(name.getBytes(StandardCharsets.UTF_8), type, mode, 0, 0, link);
  }

  private Path write(String suffix) throws IOException {
    Path blob = folder.resolve("layer" + suffix);
    try (OutputStream out = Files.newOutputStream(blob); LayerSink sink = TarLayer.ofDefaults().open(TYPE + suffix, out, OutputStream
        .nullOutputStream())) {
      InputStream none = InputStream.nullInputStream();
      sink.entry(entry("d", Entry.Type.DIRECTORY, 01777, ""), none);
      sink.entry(entry("d/big id".getBytes(StandardCharsets.UTF_8), Entry.Type.FILE, 06755, 3_000_000_000L, 5, ""),
          new ByteArrayInputStream("hello".getBytes(StandardCharsets.UTF_8)));
      sink.entry(entry("long/".repeat(40) + "name", Entry.Type.FILE, 0644, ""), none);
      sink.entry(entry(new byte[] {'r', 'a', 'w', (byte) 0xff}, Entry.Type.FILE, 0644, 0, 0, ""), none);
      sink.entry(entry("s", Entry.Type.SYMLINK, 0777, "t/".repeat(80) + "end"), none);
      sink.entry(entry("h", Entry.Type.HARDLINK, 0644, "d/big id"), none);
      sink.entry(entry("c", Entry.Type.CHARACTER, 0600, ""), none);
      sink.entry(entry("p", Entry.Type.FIFO, 0600, ""), none);
      sink.whiteout(Name.of("d/gone"));
      sink.finish();
    }
    return blob;
  }

  @Test
  void gnuTarReadsIt() throws Exception {
    List<String> expected = List.of("drwxrwxrwt 0/7 0 2020-09-13 12:26:40 d/", "-rwsr-sr-x 3000000000/7 5 2020-09-13 12:26:40 d/big id",
        "-rw-r--r-- 0/7 0 2020-09-13 12:26:40 " + "long/".repeat(40) + "name", "-rw-r--r-- 0/7 0 2020-09-13 12:26:40 raw\\377",
        "lrwxrwxrwx 0/7 0 2020-09-13 12:26:40 s -> " + "t/".repeat(80) + "end",
        "hrw-r--r-- 0/7 0 2020-09-13 12:26:40 h link to d/big id", "crw------- 0/7 8,70000 2020-09-13 12:26:40 c",
        "prw------- 0/7 0 2020-09-13 12:26:40 p", "---------- 0/0 0 1970-01-01 00:00:00 d/.wh.gone");
    for (String suffix : List.of("", "+gzip", "+zstd")) {
      String unpack = suffix.isEmpty() ? "--no-auto-compress" : "--" + suffix.substring(1);
      assertEquals(expected, run("tar", "--utc", "--full-time", "-tv", unpack, "-f", write(suffix).toString()), suffix);
    }
    assertEquals(List.of(), run("gzip", "--test", Files.move(folder.resolve("layer+gzip"), folder.resolve("l.gz")).toString()));
  }

  private static List<String> run(String... command) throws Exception {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process p = builder.start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    return said.lines().map(l -> l.replaceAll("  +", " ")).toList();
  }

  @Test
  void aStreamThatFailedIsNotFinished() throws IOException {
    for (String suffix : List.of("", "+gzip", "+zstd")) {
      var failing = new OutputStream() {
        private int left = 1000;

        @Override
        public void write(int b) throws IOException {
          if (--left < 0) throw new IOException("full");
        }
      };
      LayerSink sink = TarLayer.ofDefaults().open(TYPE + suffix, failing, OutputStream.nullOutputStream());
      byte[] data = new byte[2_000_000];
      new java.util.Random(1).nextBytes(data);
      var e = assertThrows(IOException.class, () -> sink.entry(entry("f".getBytes(StandardCharsets.UTF_8), Entry.Type.FILE, 0644, 0,
          data.length, ""), new ByteArrayInputStream(data)));
      assertTrue(e.getMessage().contains("full"), e.toString());
      sink.close();
    }
  }
}
