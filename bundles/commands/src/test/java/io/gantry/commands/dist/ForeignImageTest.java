package io.gantry.commands.dist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.service.content.Contents;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Images;
import io.gantry.service.record.Table;
import io.gantry.transfer.ArchiveComponent;
import io.gantry.transfer.ImageTreeComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verbs about all images beside one that is none of ours: a checkpoint, as {@code ctr containers checkpoint} makes it. */
class ForeignImageTest extends EngineTest {
  private static final Scope SCOPE = Scope.root();
  private static final String CHECKPOINT = "example.com/checkpoint:1";
  private static final String PLAIN = "example.com/plain:1";

  private Descriptor put(String type, byte[] bytes) throws Exception {
    Descriptor d = Descriptor.of(type, Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes)), bytes.length);
    engine.service(Contents.class).put(SCOPE, WriterSpec.of("test-" + d.digest(), d), bytes);
    return d;
  }

  @BeforeEach
  void bring() throws Exception {
    engine.start(ImageTreeComponent.class);
    engine.start(ArchiveComponent.class);
    Images images = engine.service(Images.class);
    Descriptor options = put("application/vnd.containerd.container.checkpoint.options.v1+proto", new byte[] {10, 4, 'r', 'u', 'n', 'c'});
    String index = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\""
        + options.mediaType() + "\",\"digest\":\"" + options.digest()
        + "\",\"size\":6,\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}}]}";
    Descriptor d = put("application/vnd.oci.image.index.v1+json", index.getBytes(StandardCharsets.UTF_8));
    images.create(SCOPE, CHECKPOINT, d, Map.of());
    Image image = new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0755).gzip()).cmd("x").build(ImageFormat.OCI);
    for (Blob b : image.blobs()) put(b.descriptor().mediaType(), b.bytes());
    images.create(SCOPE, PLAIN, image.descriptor(), Map.of());
  }

  private static String row(List<String> lines, String ref) {
    return lines.stream().filter(l -> l.startsWith(ref)).findFirst().orElseThrow(() -> new AssertionError(lines));
  }

  @Test
  void allAreListed() throws Exception {
    var said = say(new ImagesList());
    assertEquals(0, said.code());
    assertTrue(row(said.lines(), CHECKPOINT).endsWith("  unreadable"), said.out());
    assertTrue(row(said.lines(), PLAIN).matches(".* \\d+(\\.\\d+)? \\w*B"), said.out());
    assertEquals(1, said.err().lines().count(), said.err());
    assertTrue(said.err().startsWith(CHECKPOINT + ": "), said.err());
    assertTrue(String.join("", ok(new ImagesList(), "--format", "json")).matches(".*\"sizeBytes\" : null,\\s+\"problem\" : \"\\w.*"));
    assertEquals(List.of(CHECKPOINT, PLAIN), ok(new ImagesList(), "-q"));
  }

  @Test
  void allAreLookedThrough() throws Exception {
    var said = say(new Check(), "--snapshotter", "native");
    assertEquals(1, said.code());
    assertTrue(row(said.lines(), CHECKPOINT).matches(".*  unreadable +- +-"), said.out());
    assertTrue(row(said.lines(), PLAIN).contains("complete (3/3)"), said.out());
    assertTrue(said.err().startsWith(CHECKPOINT + ": "), said.err());
    said = say(new Check(), "--snapshotter", "native", "nosuch", PLAIN);
    assertEquals(1, said.code());
    assertTrue(said.out().contains("complete (3/3)") && said.err().contains("nosuch"), said.toString());
    assertEquals("", say(new Check(), "--snapshotter", "nosuch").out(), "what concerns all is told once");
    said = say(new Check(), "--snapshotter", "native", "--platform", "linux/s390x");
    assertTrue(row(said.lines(), CHECKPOINT).contains("not for linux/s390x"), said.toString());
  }

  @Test
  void othersAreVerified() throws Exception {
    var said = say(new Verify(), "nosuch", CHECKPOINT, PLAIN);
    assertEquals(1, said.code());
    assertTrue(said.out().contains(PLAIN + ": 3 blobs, ") && said.out().contains(CHECKPOINT + ": 2 blobs, "), said.out());
    assertTrue(said.err().startsWith("nosuch: "), said.err());
  }

  @Test
  void aFolderIsNoArchive() throws Exception {
    Path folder = root.toAbsolutePath();
    var said = say(new Import(), folder.toString());
    assertEquals(1, said.code());
    assertTrue(said.err().startsWith("dist:import: " + folder + " is a folder, expected an archive"), said.err());
  }

  @Test
  void aFileThatIsNoArchiveIsNamed() throws Exception {
    Path file = Files.writeString(root.resolve("hostname"), "me\n");
    var said = say(new Import(), "--no-unpack", file.toString());
    assertEquals(1, said.code());
    assertTrue(said.err().startsWith("dist:import: " + file + ": this is no tar archive, or one that was cut"), said.err());
  }

  /** What was typed for a name is written under the name. */
  @Test
  void aPartOfANameIsExported() throws Exception {
    String digest = engine.service(Images.class).get(SCOPE, PLAIN).target().digest().toString();
    byte[] whole = null;
    for (String typed : List.of(PLAIN, "plain:1", digest, digest.substring(7, 20))) {
      Path file = root.resolve("plain.tar").toAbsolutePath();
      ok(new Export(), file.toString(), typed);
      byte[] bytes = Files.readAllBytes(file);
      if (whole == null) whole = bytes;
      assertArrayEquals(whole, bytes, typed);
    }
    assertTrue(new String(whole, StandardCharsets.ISO_8859_1).contains("\"io.containerd.image.name\":\"" + PLAIN + "\""));
    var said = say(new Export(), root.resolve("none.tar").toAbsolutePath().toString(), "1");
    assertEquals(1, said.code(), "two have this tag");
    assertFalse(Files.exists(root.resolve("none.tar")));
  }

  private void damage(String table, String id) throws Exception {
    engine.service(Table.class).change(SCOPE, List.of(new Table.Change(table, id, -1, Optional.of("{}".getBytes()))));
  }

  /** What is damaged cannot be looked into, but told and removed; a part of its name is not enough. */
  @Test
  void aDamagedRecordIsRemovedByItsWholeName() throws Exception {
    damage("image", "example.com/cut:1");
    var part = say(new Rmi(), "cut:1");
    assertEquals(1, part.code());
    assertTrue(part.err().contains("the record of image 'example.com/cut:1' in namespace default is damaged; remove it by its whole name"),
        part.err());
    assertEquals(List.of("example.com/cut:1"), ok(new Rmi(), "example.com/cut:1"));
    assertEquals(Optional.empty(), engine.service(Images.class).find(SCOPE, "example.com/cut:1"));
  }

  @Test
  void listsGoOnBesideADamagedRecordAndTellOfIt() throws Exception {
    damage("image", "example.com/cut:1");
    String told =
        "the record of image 'example.com/cut:1' in namespace default is damaged; remove it by its whole name (dist:rmi), or pull or"
        + " import it again: expected an object 'target', found nothing";
    var said = say(new ImagesList());
    assertEquals(1, said.code());
    assertTrue(row(said.lines(), PLAIN).matches(".* \\d+(\\.\\d+)? \\w*B"), said.out());
    assertEquals(told, said.err().lines().toList().getLast());
    for (String[] words : List.of(new String[] {"-q"}, new String[] {"--format", "json"})) {
      said = say(new ImagesList(), words);
      assertEquals(List.of(1, false, told), List.of(said.code(), said.out().contains("cut:1"), said.err().strip()));
    }
    said = say(new Check(), "--snapshotter", "native");
    assertEquals(1, said.code());
    assertTrue(row(said.lines(), PLAIN).contains("complete (3/3)") && said.err().contains(told), said.toString());
    said = say(new Check(), "--snapshotter", "native", "example.com/cut:1", PLAIN);
    assertTrue(said.code() == 1 && said.out().contains("complete (3/3)") && said.err().contains(told), said.toString());
    said = say(new Verify(), "example.com/cut:1", PLAIN);
    assertTrue(said.code() == 1 && said.out().contains("all right") && said.err().contains(told), said.toString());
  }

  @Test
  void anImportMakesADamagedRecordAnew() throws Exception {
    String tar = root.resolve("plain.tar").toString();
    ok(new Export(), "--platform", "linux/" + (System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64"), tar, PLAIN);
    var before = engine.service(Images.class).get(SCOPE, PLAIN).target().digest();
    damage("image", PLAIN);
    assertEquals(1, say(new Export(), root.resolve("other.tar").toString(), PLAIN).code());
    assertTrue(String.join("\n", ok(new Import(), "--no-unpack", tar)).contains(PLAIN));
    assertEquals(before, engine.service(Images.class).get(SCOPE, PLAIN).target().digest());
    assertEquals(0, say(new ImagesList(), "-q").code());
  }
}
