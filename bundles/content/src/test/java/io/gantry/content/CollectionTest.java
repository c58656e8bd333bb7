package io.gantry.content;

import static io.gantry.content.World.SCOPE;
import static io.gantry.content.World.config;
import static io.gantry.content.World.digest;
import static io.gantry.content.World.random;
import static io.gantry.content.World.spec;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.content.Blob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the garbage collection asks of content, and whose bytes a namespace gets. */
class CollectionTest {
  private static final Scope OTHER = SCOPE.withNamespace("other");
  private static final byte[] BYTES = random(1000, 1);
  private static final Digest DIGEST = digest(BYTES);
  @TempDir Path root;
  private World world;

  @BeforeEach
  void open() throws IOException {
    world = new World(root);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private void put(Scope scope) throws IOException {
    world.contents.put(scope, spec("r", BYTES), BYTES);
  }

  private List<Digest> stored() throws IOException {
    return world.contents.stored(SCOPE, "local", Optional.empty(), 100).stream().map(Blob::digest).toList();
  }

  private String row(Scope scope) throws IOException {
    return new String(world.table.get(scope, BlobRow.TABLE, DIGEST.toString()).orElseThrow().json(), StandardCharsets.UTF_8);
  }

  @Test
  void whatTheGuardLetsGoGoes() throws Exception {
    put(SCOPE);
    byte[] more = random(10, 2);
    world.contents.put(SCOPE, spec("s", more), more);
    assertEquals(List.of(), world.contents.collect(SCOPE, List.of(DIGEST), d -> false));
    assertEquals(List.of(DIGEST), world.contents.collect(SCOPE, List.of(DIGEST, digest(more)), DIGEST::equals));
    assertThrows(NotFoundException.class, () -> world.contents.info(SCOPE, DIGEST));
    assertEquals(10, world.contents.info(SCOPE, digest(more)).size());
    assertTrue(world.told.contains("default/content/delete " + DIGEST));
  }

  /** Wherever it was cut, and whichever field is not there. */
  @Test
  void noPartOfARowIsARow() throws Exception {
    put(SCOPE);
    String good = row(SCOPE);
    var bad = new ArrayList<String>();
    for (int i = 0; i < good.length(); i++) bad.add(good.substring(0, i));
    for (String field : List.of("sizeBytes", "store", "created", "updated", "labels")) bad.add(good.replace("\"" + field + "\"", "\"x\""));
    for (String wrong : List.of("null", "\"\"", "-1", "1.5")) {
      bad.add(good.replace("\"sizeBytes\":1000", "\"sizeBytes\":" + wrong));
      bad.add(good.replace("\"store\":\"local\"", "\"store\":" + wrong));
    }
    bad.addAll(List.of(good + "{}", "[" + good + "]", good.replaceFirst("\"touched\":\"", "\"touched\":\"x")));
    for (String json : bad) {
      String message = assertThrows(CorruptException.class, () -> BlobRow.decode("default", new Row(DIGEST.toString(), 1, json.getBytes(
          StandardCharsets.UTF_8))), json).getMessage();
      assertTrue(message.startsWith("the record of blob " + DIGEST + " in namespace default is damaged; remove it by dist:delete"),
          message);
    }
    assertThrows(CorruptException.class, () -> BlobRow.decode("default", new Row("sha256:b", 1, good.getBytes(StandardCharsets.UTF_8))));
    BlobRow.decode("default", new Row(DIGEST.toString(), 1, good.replaceFirst("\\{", "{\"newer\":{},").getBytes(StandardCharsets.UTF_8)));
  }

  /** What its labels kept is not known, so it is neither read, nor written over with fewer; its bytes stay as long as it is there. */
  @Test
  void aDamagedRowIsToldAndCanBeRemoved() throws Exception {
    put(SCOPE);
    world.table.change(SCOPE, List.of(new Change(BlobRow.TABLE, DIGEST.toString(), -1, Optional.of(new byte[0]))));
    assertThrows(CorruptException.class, () -> world.contents.info(SCOPE, DIGEST));
    assertThrows(CorruptException.class, () -> world.read(DIGEST));
    byte[] more = random(10, 2);
    var other = world.contents.put(SCOPE, spec("s", more), more);
    assertEquals(List.of(other), world.contents.list(SCOPE, Optional.empty(), 10));
    assertEquals(List.of(other), world.contents.list(SCOPE, Optional.empty(), 1), "a page that is empty is the last");
    assertEquals(List.of(), world.contents.list(SCOPE, Optional.of(digest(more)), 1));
    assertEquals(List.of(DIGEST.toString()), world.contents.damaged(SCOPE).stream().map(Damaged::id).toList());
    assertEquals(List.of(), world.contents.damaged(OTHER));
    world.contents.remove(SCOPE, digest(more));
    world.contents.reclaim(OTHER, "local", List.of(digest(more)));
    assertThrows(CorruptException.class, () -> world.contents.writer(SCOPE, spec("r", BYTES)));
    assertThrows(CorruptException.class, () -> world.contents.label(SCOPE, DIGEST, Map.of("a", "b")));
    assertThrows(CorruptException.class, () -> world.contents.reclaim(OTHER, "local", List.of(DIGEST)));
    assertEquals(List.of(DIGEST), stored());
    world.contents.remove(SCOPE, DIGEST);
    assertEquals(List.of(), world.contents.damaged(SCOPE));
    assertThrows(NotFoundException.class, () -> world.contents.remove(SCOPE, DIGEST));
    put(SCOPE);
    assertArrayEquals(BYTES, world.read(DIGEST));
  }

  /** One that is labelled between the look and the removal is looked at again. */
  @Test
  void aChangeBesideItIsNoHindrance() throws Exception {
    put(SCOPE);
    var asked = new ArrayList<Digest>();
    var gone = world.contents.collect(SCOPE, List.of(DIGEST), d -> {
      asked.add(d);
      if (asked.size() == 1) {
        try { // by the in-memory table's reentrant monitor, as if it had come just before
          world.contents.label(SCOPE, DIGEST, Map.of("a", "b"));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
      return true;
    });
    assertEquals(List.of(DIGEST), gone);
    assertEquals(2, asked.size());
  }

  @Test
  void bytesGoWithTheLastNamespace() throws Exception {
    put(SCOPE);
    put(OTHER);
    world.contents.remove(SCOPE, DIGEST);
    assertEquals(List.of(), world.contents.reclaim(SCOPE, "local", List.of(DIGEST)));
    assertEquals(List.of(DIGEST), stored());
    world.contents.remove(OTHER, DIGEST);
    assertEquals(List.of(DIGEST), world.contents.reclaim(SCOPE, "local", List.of(DIGEST)));
    assertEquals(List.of(), stored());
  }

  /** Between the driver's commit and the row there is nothing that tells of the bytes but the lock. */
  @Test
  void bytesStayWhileTheyAreBeingRecorded() throws Exception {
    var recording = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    world.onHold = () -> {
      recording.countDown();
      await(go);
    };
    var writing = new FutureTask<>(() -> {
      put(SCOPE.withLease("l"));
      return null;
    });
    Thread.ofVirtual().start(writing);
    await(recording);
    world.onHold = () -> { };
    assertEquals(List.of(DIGEST), stored());
    var reclaim = new FutureTask<>(() -> world.contents.reclaim(SCOPE, "local", List.of(DIGEST)));
    Thread.ofVirtual().start(reclaim);
    assertThrows(java.util.concurrent.TimeoutException.class, () -> reclaim.get(100, TimeUnit.MILLISECONDS));
    go.countDown();
    writing.get(20, TimeUnit.SECONDS);
    assertEquals(List.of(), reclaim.get(20, TimeUnit.SECONDS));
    assertArrayEquals(BYTES, world.read(DIGEST));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCallWithoutALeaseTouches() throws Exception {
    put(SCOPE.withLease("l"));
    assertFalse(row(SCOPE).contains("touched"), row(SCOPE));
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(SCOPE.withLease("l"), spec("r", BYTES)));
    assertFalse(row(SCOPE).contains("touched"), row(SCOPE));
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(SCOPE, spec("r", BYTES)));
    assertTrue(row(SCOPE).contains("touched"), row(SCOPE));
    String before = row(SCOPE);
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(SCOPE, spec("r", BYTES)));
    assertEquals(before, row(SCOPE), "a moment later it is not written again");
    world.contents.label(SCOPE, DIGEST, Map.of("a", "b"));
    assertTrue(row(SCOPE).contains("touched"), row(SCOPE));
    put(OTHER);
    assertTrue(row(OTHER).contains("touched"), row(OTHER));
  }

  @Test
  void aBlobIsHeldBeforeAWriterIsToldOfIt() throws Exception {
    put(SCOPE.withLease("a"));
    Writer late = world.contents.writer(SCOPE.withLease("b"), WriterSpec.of("late"));
    late.write(ByteBuffer.wrap(BYTES, 0, 600));
    late.expect(digest(random(5, 5)));
    assertThrows(AlreadyExistsException.class, () -> late.expect(DIGEST));
    assertTrue(world.told.contains("lease b holds content/" + DIGEST), world.told.toString());
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
    assertFalse(row(SCOPE).contains("touched"), row(SCOPE));
    assertThrows(ConflictException.class, () -> late.write(ByteBuffer.wrap(BYTES)));
    late.close();
    try (Writer end = world.contents.writer(SCOPE.withLease("c"), WriterSpec.of("late"))) {
      end.write(ByteBuffer.wrap(BYTES));
      assertEquals(DIGEST, end.commit(DIGEST, -1).digest());
    }
    assertTrue(world.told.contains("lease c holds content/" + DIGEST), world.told.toString());
    try (Writer bare = world.contents.writer(SCOPE, WriterSpec.of("late"))) {
      assertThrows(AlreadyExistsException.class, () -> bare.expect(DIGEST));
    }
    assertTrue(row(SCOPE).contains("touched"), row(SCOPE));
    assertArrayEquals(BYTES, world.read(DIGEST));
  }

  /** Between the question whether it is there and the hold. */
  @Test
  void whatACollectionTookFirstIsWritten() throws Exception {
    put(SCOPE);
    world.onHold = () -> {
      world.onHold = () -> { };
      try {
        assertEquals(List.of(DIGEST), world.contents.collect(SCOPE, List.of(DIGEST), d -> true));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    };
    try (Writer w = world.contents.writer(SCOPE.withLease("l"), WriterSpec.of("r"))) {
      w.expect(DIGEST);
      assertThrows(NotFoundException.class, () -> world.contents.info(SCOPE, DIGEST));
      w.write(ByteBuffer.wrap(BYTES));
      w.commit(DIGEST, BYTES.length);
    }
    assertArrayEquals(BYTES, world.read(DIGEST));
  }

  /** A row alone is no blob: whoever brings the bytes again mends it. */
  @Test
  void aBlobWithoutItsBytesIsBroughtAgain() throws Exception {
    put(SCOPE);
    Files.delete(root.resolve("root/content/local/blobs/sha256").resolve(DIGEST.hex()));
    try (Writer w = world.contents.writer(SCOPE, WriterSpec.of("again"))) {
      w.expect(DIGEST);
      w.write(ByteBuffer.wrap(BYTES));
      w.commit(DIGEST, BYTES.length);
    }
    assertArrayEquals(BYTES, world.read(DIGEST));
  }

  @Test
  void aWriteByALeaseThatIsNotThereIsRefusedAtOnce() throws Exception {
    assertThrows(NotFoundException.class, () -> world.contents.writer(SCOPE.withLease("none"), WriterSpec.of("r")));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }

  @Test
  void inIsolationEachNamespaceBringsItsBytes() throws Exception {
    world.contents.modified(config("local", "isolated"));
    put(SCOPE);
    try (var w = world.contents.writer(OTHER, spec("r", BYTES))) {
      assertEquals(0, w.status().offset());
      w.write(ByteBuffer.wrap(BYTES));
      w.commit(DIGEST, BYTES.length);
    }
    assertArrayEquals(BYTES, world.contents.read(OTHER, DIGEST, 1000));
    WriterSpec again = spec("again", BYTES);
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(OTHER, again), "it has them now");
  }

  @Test
  void inIsolationANamespaceMayShare() throws Exception {
    world.contents.modified(config("local", "isolated"));
    put(SCOPE);
    String yes = "{\"labels\":{\"containerd.io/namespace.shareable\":\"true\"}}";
    for (String damaged : List.of(yes + "x", yes.replace("\"true\"", "true"), "{\"labels\":{}," + yes.substring(1))) {
      byte[] row = damaged.getBytes(StandardCharsets.UTF_8);
      world.table.change(OTHER, List.of(new Change("namespace", "default", -1, Optional.of(row))));
      world.contents.writer(OTHER, spec("r", BYTES)).close();
    }
    for (String shares : List.of("false", "true")) {
      // namespaces are in none in the real table; in this one they are where they are asked from
      byte[] row = ("{\"labels\":{\"containerd.io/namespace.shareable\":\"" + shares + "\"}}").getBytes(StandardCharsets.UTF_8);
      world.table.change(OTHER, List.of(new Change("namespace", "default", -1, Optional.of(row))));
      if (shares.equals("false")) world.contents.writer(OTHER, spec("r", BYTES)).close();
      else assertThrows(AlreadyExistsException.class, () -> world.contents.writer(OTHER, spec("r", BYTES)));
    }
    world.contents.modified(config("local", "of mine"));
    assertThrows(NotFoundException.class, () -> world.contents.info(SCOPE.withNamespace("third"), DIGEST));
    world.contents.writer(SCOPE.withNamespace("third"), spec("none", random(5, 5))).close(); // a wrong policy hinders nobody
  }

  /** What leases were told since. */
  private List<String> leased() {
    List<String> lines = world.told.stream().filter(l -> l.startsWith("lease ")).toList();
    world.told.clear();
    return lines;
  }

  @Test
  void aWriteIsHeldByItsLeaseUntilItIsABlob() throws Exception {
    Scope scope = SCOPE.withLease("l");
    try (Writer w = world.contents.writer(scope, WriterSpec.of("r"))) {
      w.write(ByteBuffer.wrap(BYTES, 0, 500));
    }
    assertEquals(List.of("lease l holds ingests/r"), leased(), "as long as it is unfinished");
    try (Writer w = world.contents.writer(scope, spec("r", BYTES))) {
      w.truncate();
      w.write(ByteBuffer.wrap(BYTES));
      w.commit(DIGEST, BYTES.length);
    }
    assertEquals(List.of("lease l holds ingests/r", "lease l holds content/" + DIGEST, "lease l holds no ingests/r"), leased());
    long held = world.table.get(SCOPE, Leases.HELD, "l holds content/" + DIGEST).orElseThrow().revision();
    assertEquals(held, world.table.get(SCOPE, BlobRow.TABLE, DIGEST.toString()).orElseThrow().revision(), "one change");
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(scope, spec("r", BYTES)));
    assertEquals(List.of("lease l holds content/" + DIGEST), leased(), "there is no write");
  }

  @Test
  void aWriteThatIsThrownAwayIsNotHeldByItsLease() throws Exception {
    Scope scope = SCOPE.withLease("l");
    List<String> heldAndNoMore = List.of("lease l holds ingests/r", "lease l holds no ingests/r");
    try (Writer w = world.contents.writer(scope, WriterSpec.of("r"))) {
      assertThrows(CorruptException.class, () -> w.commit(DIGEST, -1));
    }
    assertEquals(heldAndNoMore, leased(), "wrong bytes");
    try (Writer w = world.contents.writer(scope, WriterSpec.of("r"))) {
      world.contents.revoke(SCOPE.withLease("other"), "r");
    }
    assertEquals(List.of("lease l holds ingests/r", "lease l holds no ingests/r", "lease other holds no ingests/r"), leased(),
        "taken away");
    world.contents.writer(scope, WriterSpec.of("r")).close();
    world.contents.abort(scope, "r");
    assertEquals(heldAndNoMore, leased(), "aborted");
    put(SCOPE);
    try (Writer w = world.contents.writer(scope, WriterSpec.of("r"))) {
      assertThrows(AlreadyExistsException.class, () -> w.expect(DIGEST));
    }
    assertEquals(List.of("lease l holds ingests/r", "lease l holds content/" + DIGEST, "lease l holds no ingests/r"), leased(), "known");
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }
}
