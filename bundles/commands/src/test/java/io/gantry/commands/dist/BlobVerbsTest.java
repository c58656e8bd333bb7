package io.gantry.commands.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.commands.snapshot.SnapshotPrepare;
import io.gantry.commands.snapshot.SnapshotShow;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Packing;
import io.gantry.service.content.Contents;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Table;
import io.gantry.transfer.ArchiveComponent;
import io.gantry.transfer.ImageTreeComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BlobVerbsTest extends EngineTest {
  private static final byte[] BYTES = "some bytes of a blob".getBytes(StandardCharsets.UTF_8);
  private final String digest = digest(BYTES);

  private static String digest(byte[] bytes) {
    try {
      return "sha256:" + java.util.HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> blobs() throws Exception {
    return ok(new Blobs(), "-q");
  }

  @Test
  void bytesAreBroughtReadLabelledAndDeleted() throws Exception {
    engine.typing(BYTES);
    assertEquals(List.of(digest), ok(new Ingest(), "r", "-l", "a=b"));
    assertEquals(List.of(new String(BYTES, StandardCharsets.UTF_8)), ok(new Get(), digest));
    assertEquals(List.of("a=b", "c=d"), ok(new Label(), digest, "c=d"));
    assertEquals(List.of("c=d"), ok(new Label(), digest, "a="));
    assertEquals(List.of("e=f"), ok(new Label(), "-r", digest, "e=f", "g="));
    assertEquals(List.of("e=f"), ok(new Label(), digest));
    Path file = Files.write(root.resolve("b"), "other".getBytes(StandardCharsets.UTF_8));
    String other = ok(new Ingest(), "r", "b").getFirst();
    assertEquals(other, digest(Files.readAllBytes(file)));
    assertTrue(say(new Ingest(), "r", "none").err().contains("there is no file " + root.resolve("none")));
    assertEquals(List.of(digest), ok(new DeleteBlob(), digest));
    var said = say(new DeleteBlob(), digest, other);
    assertEquals(other + "\n", said.out(), "the second goes though the first is not there");
    assertEquals(1, said.code());
    assertEquals(List.of(), blobs());
    assertTrue(say(new DeleteBlob(), "redis").err().contains("usage: dist:delete"));
  }

  @Test
  void aDamagedOneIsToldBehindTheOthersAndDeleted() throws Exception {
    engine.start(ImageTreeComponent.class);
    engine.start(ArchiveComponent.class);
    engine.typing(BYTES);
    ok(new Ingest(), "r");
    engine.typing("other".getBytes(StandardCharsets.UTF_8));
    String cut = ok(new Ingest(), "r").getFirst();
    engine.service(Table.class).change(Scope.root(), List.of(new Table.Change("content", cut, -1, Optional.of("{}".getBytes()))));
    for (var said : List.of(say(new Blobs(), "-q"), say(new Blobs()), say(new Blobs(), "--format", "json"), say(new Verify(), "--all"))) {
      assertEquals(1, said.code());
      assertTrue(said.err().startsWith("the record of blob " + cut
          + " in namespace default is damaged; remove it by dist:delete, and pull or"
          + " import what has it again: expected "), said.err());
    }
    assertEquals(List.of(digest), say(new Blobs(), "-q").lines());
    assertEquals(List.of(cut), ok(new DeleteBlob(), cut));
    assertEquals(List.of(digest), blobs());
    ok(new Verify(), "--all");
  }

  @Test
  void otherBytesThanExpectedAreRefused() throws Exception {
    assertEquals(1, engine.typing(new byte[3]).say(new Ingest(), "r", "--expected-digest", digest).code());
    assertEquals(1, engine.typing(BYTES).say(new Ingest(), "r", "--expected-size", "7").code());
    assertTrue(say(new Ingest(), "r", "--expected-size", "x").err().contains("expected bytes"));
    assertEquals(List.of(), blobs());
    for (int i = 0; i < 2; i++) {
      engine.typing(BYTES);
      assertEquals(List.of(digest), ok(new Ingest(), "r", "--expected-digest", digest, "--expected-size", "" + BYTES.length));
    }
  }

  @Test
  void anInputThatEndsEarlyIsToldAsAFileIs() throws Exception {
    Files.write(root.resolve("b"), new byte[2]);
    String said = say(new Ingest(), "r", "--expected-size", "9", "b").err();
    assertTrue(said.contains("write 'r': the source ended at 2 of 9 bytes"), said);
    ok(new Active(), "--abort", "r");
    assertEquals(said, engine.typing(new byte[2]).say(new Ingest(), "r", "--expected-size", "9").err());
    cut("s");
    String before = engine.typing(new byte[2]).say(new Ingest(), "s", "--expected-digest", digest).err();
    assertTrue(before.contains("the standard input ended before byte 5"), before);
  }

  /** Only the digest tells that what is there of a write is of the same bytes. */
  @Test
  void aWriteThatWasCutGoesOnOrIsBegunAnewOrThrownAway() throws Exception {
    cut("r");
    assertEquals(List.of("r"), ok(new Active(), "-q"));
    engine.typing(BYTES);
    assertEquals(List.of(digest), ok(new Ingest(), "r", "--expected-digest", digest));
    cut("s");
    byte[] others = "another".getBytes(StandardCharsets.UTF_8);
    engine.typing(others);
    assertEquals(List.of(digest(others)), ok(new Ingest(), "s"));
    cut("t");
    assertEquals(List.of("t"), ok(new Active(), "--abort", "t"));
    assertEquals(List.of(), ok(new Active(), "-q"));
    assertEquals(1, say(new Active(), "--abort", "t").code());
  }

  private void cut(String ref) throws Exception {
    try (var writer = engine.service(Contents.class).writer(Scope.root(), WriterSpec.of(ref))) {
      writer.write(ByteBuffer.wrap(BYTES, 0, 5));
    }
  }

  @Test
  void aLayerIsAppliedToAFolderOrASnapshot() throws Exception {
    for (Packing packing : List.of(Packing.plain().named("tar"), Packing.gzip().named("gzip"), Packing.zstd().named("zstd"))) {
      Layer layer = new LayerBuilder().directory("etc", 0755).file("etc/name", packing.suffix()).layer(packing);
      engine.typing(layer.blob());
      String blob = ok(new Ingest(), "r").getFirst();
      Path tree = Files.createDirectory(root.resolve("tree-" + packing.suffix()));
      assertEquals(List.of(layer.diffId().toString()), ok(new Apply(), blob, "./tree-" + packing.suffix()));
      assertEquals(packing.suffix(), Files.readString(tree.resolve("etc/name")));
      ok(new SnapshotPrepare(), "--snapshotter", "native", "work-" + packing.suffix());
      ok(new Apply(), "--snapshotter", "native", blob, "work-" + packing.suffix());
      String mount = ok(new SnapshotShow(), "--snapshotter", "native", "work-" + packing.suffix()).stream()
          .filter(l -> l.startsWith("mount:"))
          .findFirst().orElseThrow();
      assertEquals(packing.suffix(), Files.readString(Path.of(mount.split(" +")[2], "etc/name")), mount);
    }
    assertTrue(say(new Apply(), digest, "/").err().contains("sha256"), "no such blob");
    assertTrue(say(new Apply(), digest, "/none/there").err().contains("no folder /none/there"));
  }
}
