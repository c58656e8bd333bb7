package io.gantry.kit.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What GNU tar, which knows nothing of us, reads in our archives. */
class LayerBuilderTest {
  @TempDir Path temp;

  @Test
  void everyKindOfEntryIsReadByGnuTar() throws Exception {
    byte[] tar = new LayerBuilder()
        .add(TarEntry.directory("d").mode(01777))
        .add(TarEntry.file("d/f", "hello").mode(06755).owner(100_000, 3_000_000_000L).mtime(-5, 0))
        .symlink("d/s", "f").hardlink("d/h", "d/f")
        .add(TarEntry.character("d/c", 1, 3), TarEntry.block("d/b", 259, 70_000), TarEntry.fifo("d/p"))
        .tar();
    assertEquals("""
        drwxrwxrwt 0/0               0 2020-09-13 12:26 d/
        -rwsr-sr-x 100000/3000000000 5 1969-12-31 23:59 d/f
        lrwxrwxrwx 0/0               0 2020-09-13 12:26 d/s -> f
        hrw-r--r-- 0/0               0 2020-09-13 12:26 d/h link to d/f
        crw------- 0/0             1,3 2020-09-13 12:26 d/c
        brw------- 0/0       259,70000 2020-09-13 12:26 d/b
        prw------- 0/0               0 2020-09-13 12:26 d/p
        """, list(tar));
  }

  @Test
  void longNamesAreReadInEveryStyle() throws Exception {
    String name = "folder/".repeat(20) + "x".repeat(90);
    for (TarStyle style : TarStyle.values()) {
      byte[] tar = new LayerBuilder().add(TarEntry.symlink(name, name).style(style)).file("last", "").tar();
      assertTrue(list(tar).contains(name + " -> " + name + "\n"), "style " + style + ": " + list(tar));
    }
  }

  @Test
  void numbersOfGnuStyleAreReadByGnuTar() throws Exception {
    byte[] tar = new LayerBuilder().add(TarEntry.file("f", "x").style(TarStyle.GNU).owner(70_000_000, 4_000_000_000L).mtime(-86_400, 0))
        .tar();
    assertEquals("-rw-r--r-- 70000000/4000000000 1 1969-12-31 00:00 f\n", list(tar));
  }

  @Test
  void namesOfNoEncodingStayAsTheyAre() throws Exception {
    byte[] name = {'n', (byte) 0xff, (byte) 0xc3};
    byte[] link = new byte[150];
    Arrays.fill(link, (byte) 0xfe);
    String listed = list(new LayerBuilder().add(TarEntry.symlink(name, link)).tar());
    assertTrue(listed.endsWith(" n\\377\\303 -> " + "\\376".repeat(150) + "\n"), listed);
  }

  @Test
  void sparseFilesOfEveryFormExpand() throws Exception {
    List<Sparse.Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      chunks.add(new Sparse.Chunk(i * 4096L, ("chunk " + i).repeat(512).substring(0, i == 29 ? 77 : 512).getBytes(StandardCharsets.UTF_8)));
    }
    Sparse s = new Sparse("sparse", 200_000, chunks);
    for (byte[] form : List.of(s.gnu(), s.pax00(), s.pax01(), s.pax10())) {
      Path folder = Files.createTempDirectory(temp, "sparse");
      extract(new LayerBuilder().raw(form).file("after", "a").tar(), folder);
      assertArrayEquals(s.expanded(), Files.readAllBytes(folder.resolve("sparse")));
      assertEquals("a", Files.readString(folder.resolve("after")));
    }
  }

  @Test
  void extendedAttributesComeThroughGnuTarAsRawBytes() throws Exception {
    assumeTrue(Programs.find("getfattr").isPresent(), "no getfattr in the PATH");
    byte[] value = {0, (byte) 0xff, '\n', '=', 0};
    Path folder = Files.createDirectory(temp.resolve("x"));
    extract(new LayerBuilder().add(TarEntry.file("f", "x").xattr("user.raw", value)).tar(), folder);
    String dump = new String(Programs.output("getfattr", "-e", "hex", "-n", "user.raw", folder.resolve("f").toString()),
        StandardCharsets.UTF_8);
    assertTrue(dump.contains("user.raw=0x00ff0a3d00"), dump);
  }

  @Test
  void fractionsOfSecondsArePax() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("t"));
    extract(new LayerBuilder().add(TarEntry.file("f", "x").mtime(1_000_000_000L, 123_456_789))
        .add(TarEntry.file("g", "x").mtime(-2, 500_000_000)).tar(), folder);
    assertEquals("2001-09-09T01:46:40.123456789Z", Files.getLastModifiedTime(folder.resolve("f")).toString());
    assertEquals("1969-12-31T23:59:58.5Z", Files.getLastModifiedTime(folder.resolve("g")).toString());
  }

  @Test
  void everyPackingGivesTheTarBackToForeignTools() throws Exception {
    byte[] tar = ManyFiles.of(1, 40, 7).build(Packing.plain()).getFirst().blob();
    assertArrayEquals(tar, unpack("gzip", Packing.gzip().pack().apply(tar)));
    assertArrayEquals(tar, unpack("gzip", Packing.gzipMembers(5).pack().apply(tar)));
    assumeTrue(Programs.find("zstd").isPresent(), "no zstd in the PATH");
    assertArrayEquals(tar, unpack("zstd", Packing.zstd().pack().apply(tar)));
    assertArrayEquals(tar, unpack("zstd", Packing.zstdSkippable().pack().apply(tar)));
  }

  @Test
  void brokenArchivesAreRefusedByGnuTarTooWhereItLooks() throws Exception {
    int refused = 0;
    for (BrokenLayer b : BrokenLayers.broken()) {
      Path file = Files.write(temp.resolve("broken.tar"), b.tar());
      Process p = new ProcessBuilder("tar", "-tf", file.toString()).redirectErrorStream(true).start();
      p.getInputStream().readAllBytes();
      if (p.waitFor() != 0) refused++;
    }
    // it does not look at ids, times and device numbers, which a container must not get wrong
    assertTrue(refused > BrokenLayers.broken().size() / 2, refused + " of " + BrokenLayers.broken().size());
  }

  private String list(byte[] tar) throws Exception {
    Path file = Files.write(temp.resolve("list.tar"), tar);
    return new String(Programs.output("env", "LC_ALL=C", "TZ=UTC", "tar", "--numeric-owner", "-tvf", file.toString()),
        StandardCharsets.UTF_8);
  }

  private void extract(byte[] tar, Path folder) throws Exception {
    Path file = Files.write(temp.resolve("extract.tar"), tar);
    Programs.output("tar", "--xattrs", "--xattrs-include=*", "--no-same-owner", "-C", folder.toString(), "-xf", file.toString());
  }

  private byte[] unpack(String program, byte[] packed) throws Exception {
    Path file = Files.write(temp.resolve("packed"), packed);
    Process p = new ProcessBuilder(program, "-dc").redirectInput(file.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] out = p.getInputStream().readAllBytes();
    assertEquals(0, p.waitFor());
    return out;
  }
}
