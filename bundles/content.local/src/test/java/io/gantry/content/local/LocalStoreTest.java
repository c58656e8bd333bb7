package io.gantry.content.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStoreTest {
  private static final Host HERE = new Host("1@now", "boot-1");
  @TempDir Path root;
  private LocalStore store;

  @BeforeEach
  void open() throws IOException {
    store = new LocalStore(root, HERE, 1 << 20);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private void reopen(Host host) throws IOException {
    store.close();
    store = new LocalStore(root, host, 1 << 20);
  }

  static Digest digest(byte[] bytes) throws Exception {
    return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static IngestSpec spec(String ref, long epoch) {
    return new IngestSpec(ref, Optional.empty(), OptionalLong.empty(), epoch);
  }

  private Blob stored(byte[] bytes, String ref) throws Exception {
    IngestKey key = store.begin(spec(ref, 1)).key();
    store.append(key, 0, ByteBuffer.wrap(bytes));
    return store.commit(key, digest(bytes), bytes.length).orElseThrow();
  }

  private byte[] bytes(IngestKey key) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(1 << 20);
    while (store.readIngest(key, all.position(), all) > 0) continue;
    return java.util.Arrays.copyOf(all.array(), all.position());
  }

  @Test
  void committedBytesAreABlobOfTheOwnerAlone() throws Exception {
    byte[] bytes = random(100_000, 1);
    Blob blob = stored(bytes, "layer/with any ✓ name\n");
    assertEquals(Optional.of(blob), store.find(blob.digest()));
    ByteBuffer into = ByteBuffer.allocateDirect(200_000);
    assertEquals(100_000, store.read(blob.digest(), 0, into));
    byte[] back = new byte[100_000];
    into.flip().get(back);
    assertArrayEquals(bytes, back);
    assertEquals(-1, store.read(blob.digest(), 100_000, ByteBuffer.allocate(1)));
    assertEquals(1, store.read(blob.digest(), 99_999, ByteBuffer.allocate(9)));
    Path file = root.resolve("blobs/sha256").resolve(blob.digest().hex());
    assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    assertEquals(List.of(), store.ingests("", 10));
    try (var left = Files.list(root.resolve("ingest"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void ofManyBeginnersOneGetsTheRef() throws Exception {
    for (int round = 0; round < 30; round++) {
      String ref = "r" + round;
      var barrier = new CyclicBarrier(5);
      var winners = new ArrayList<Future<Boolean>>();
      try (var pool = Executors.newFixedThreadPool(5)) {
        for (int i = 0; i < 5; i++) {
          winners.add(pool.submit(() -> {
            barrier.await();
            try {
              store.begin(spec(ref, 1));
              return true;
            } catch (UnavailableException e) {
              assertTrue(e.getMessage().contains("held since 20"), e.getMessage());
              return false;
            }
          }));
        }
      }
      int won = 0;
      for (var w : winners) if (w.get()) won++;
      assertEquals(1, won);
    }
  }

  @Test
  void aLargerEpochTakesOverIntoANewFile() throws Exception {
    byte[] first = random(1000, 1);
    IngestStatus old = store.begin(spec("r", 5));
    store.append(old.key(), 0, ByteBuffer.wrap(first));
    try (var late = new LocalStore(root, HERE, 1 << 20)) {
      late.append(late.status("r").orElseThrow().key(), 1000, ByteBuffer.wrap(first)); // has its file open now
      IngestStatus taken = store.begin(spec("r", 6));
      assertEquals(old.started(), taken.started());
      assertEquals(2000, taken.offset());
      assertEquals(3000, late.append(old.key(), 2000, ByteBuffer.wrap(random(1000, 2)))); // into its dead file
      assertEquals(2000, store.status("r").orElseThrow().offset());
      assertEquals(3000, store.append(taken.key(), 2000, ByteBuffer.wrap(random(1000, 3))));
      byte[] all = bytes(taken.key());
      assertArrayEquals(random(1000, 3), java.util.Arrays.copyOfRange(all, 2000, 3000));
    }
    reopen(HERE);
    assertThrows(ConflictException.class, () -> store.append(old.key(), 3000, ByteBuffer.wrap(first)));
    assertThrows(ConflictException.class, () -> store.begin(spec("r", 5)));
    assertEquals(3000, store.status("r").orElseThrow().offset());
  }

  @Test
  void aNewInstanceKnowsTheHolder() throws Exception {
    IngestKey key = store.begin(spec("r", 5)).key();
    store.append(key, 0, ByteBuffer.wrap(random(10, 1)));
    reopen(HERE);
    assertThrows(UnavailableException.class, () -> store.begin(spec("r", 5)));
    assertEquals(20, store.append(key, 10, ByteBuffer.wrap(random(10, 2))));
    assertTrue(store.status("r").orElseThrow().held());
    store.release(key);
    store.release(key);
    reopen(HERE);
    assertFalse(store.status("r").orElseThrow().held());
    assertEquals(20, store.begin(spec("r", 5)).offset());
    assertThrows(ConflictException.class, () -> store.append(key, 20, ByteBuffer.wrap(random(10, 2))));
  }

  @Test
  void wrongOffsetsChangeNothing() throws Exception {
    IngestKey key = store.begin(spec("r", 1)).key();
    store.append(key, 0, ByteBuffer.wrap(random(10, 1)));
    for (long wrong : new long[] {0, 9, 11, Long.MAX_VALUE - 10}) {
      ByteBuffer more = ByteBuffer.wrap(random(10, 2));
      assertThrows(ConflictException.class, () -> store.append(key, wrong, more));
      assertEquals(10, more.remaining());
    }
    assertArrayEquals(random(10, 1), bytes(key));
  }

  @Test
  void anotherWriteUnderTheSameRefStartsAtZero() throws Exception {
    var ten = new IngestSpec("r", Optional.of(digest(random(10, 1))), OptionalLong.of(10), 1);
    IngestKey key = store.begin(ten).key();
    store.append(key, 0, ByteBuffer.wrap(random(5, 1)));
    store.release(key);
    assertEquals(5, store.begin(spec("r", 2)).offset());
    assertEquals(0, store.begin(new IngestSpec("r", Optional.empty(), OptionalLong.of(11), 3)).offset());
    assertEquals(OptionalLong.of(11), store.status("r").orElseThrow().total());
  }

  @Test
  void commitIsRepeatableAndChecksTheSize() throws Exception {
    byte[] bytes = random(10, 1);
    IngestKey key = store.begin(spec("r", 1)).key();
    store.append(key, 0, ByteBuffer.wrap(bytes));
    assertThrows(ConflictException.class, () -> store.commit(key, digest(bytes), 11));
    Blob blob = store.commit(key, digest(bytes), 10).orElseThrow();
    assertEquals(blob, store.commit(key, digest(bytes), 10).orElseThrow());
    IngestKey again = store.begin(spec("r", 1)).key();
    store.append(again, 0, ByteBuffer.wrap(bytes));
    assertEquals(blob, store.commit(again, digest(bytes), 10).orElseThrow());
    assertEquals(Optional.empty(), store.status("r"));
    assertThrows(ConflictException.class, () -> store.commit(again, digest(random(9, 9)), 9));
  }

  @Test
  void aCommitThatWasCutGoesOn() throws Exception {
    byte[] bytes = random(10, 1);
    IngestKey key = store.begin(spec("r", 1)).key();
    store.append(key, 0, ByteBuffer.wrap(bytes));
    Path folder = root.resolve("ingest").resolve(digest("r".getBytes()).hex());
    Path data;
    try (var files = Files.list(folder)) {
      data = files.filter(p -> p.getFileName().toString().startsWith("data-")).findFirst().orElseThrow();
    }
    Files.move(data, root.resolve("blobs/sha256").resolve(digest(bytes).hex())); // killed right behind the rename
    reopen(new Host("2@later", "boot-1"));
    assertEquals(10, store.commit(key, digest(bytes), 10).orElseThrow().size());
    assertEquals(Optional.empty(), store.status("r"));
  }

  @Test
  void afterACrashOfTheHostOnlySyncedBytesCount() throws Exception {
    IngestKey key = store.begin(spec("r", 1)).key();
    byte[] part = random(700_000, 1);
    store.append(key, 0, ByteBuffer.wrap(part));
    store.append(key, 700_000, ByteBuffer.wrap(part)); // past 1 MiB: synced
    store.append(key, 1_400_000, ByteBuffer.wrap(part));
    reopen(new Host("2@later", "boot-1"));
    assertEquals(2_100_000, store.begin(spec("r", 2)).offset());
    reopen(new Host("3@later", "boot-2"));
    assertEquals(1_400_000, store.begin(spec("r", 3)).offset());
  }

  @Test
  void truncateKeepsTheRef() throws Exception {
    IngestKey key = store.begin(spec("r", 1)).key();
    store.append(key, 0, ByteBuffer.wrap(random(10, 1)));
    store.truncate(key);
    assertEquals(-1, store.readIngest(key, 0, ByteBuffer.allocate(1)));
    assertThrows(UnavailableException.class, () -> store.begin(spec("r", 1)));
    assertEquals(10, store.append(key, 0, ByteBuffer.wrap(random(10, 2))));
  }

  @Test
  void abortDropsAHeldOneToo() throws Exception {
    IngestKey key = store.begin(spec("r", 1)).key();
    store.append(key, 0, ByteBuffer.wrap(random(10, 1)));
    store.abort("r");
    store.abort("r");
    assertEquals(Optional.empty(), store.status("r"));
    assertThrows(ConflictException.class, () -> store.append(key, 10, ByteBuffer.wrap(random(10, 1))));
    assertThrows(NotFoundException.class, () -> store.readIngest(key, 0, ByteBuffer.allocate(1)));
    assertEquals(0, store.begin(spec("r", 1)).offset());
  }

  @Test
  void listsArePagesInOrderAndPassOverForeignNames() throws Exception {
    var digests = new ArrayList<Digest>();
    for (int i = 0; i < 79; i++) digests.add(stored(random(i, i), "r" + i).digest());
    Collections.sort(digests);
    Files.createFile(root.resolve("blobs/sha256/README"));
    Files.createDirectory(root.resolve("blobs/sha256").resolve("0".repeat(64)));
    Files.createDirectory(root.resolve("ingest/lost+found"));
    var walked = new ArrayList<Digest>();
    Optional<Digest> after = Optional.empty();
    for (List<Blob> page = store.list(after, 10); !page.isEmpty(); page = store.list(after, 10)) {
      assertTrue(page.size() <= 10);
      page.forEach(b -> walked.add(b.digest()));
      after = Optional.of(page.getLast().digest());
    }
    assertEquals(digests, walked);
    for (String ref : List.of("c", "a", "b")) store.begin(spec(ref, 1));
    assertEquals(List.of("a", "b"), store.ingests("", 2).stream().map(IngestStatus::ref).toList());
    assertEquals(List.of("c"), store.ingests("b", 2).stream().map(IngestStatus::ref).toList());
  }

  @Test
  void removedBlobsAreGone() throws Exception {
    Digest d = stored(random(10, 1), "r").digest();
    assertTrue(store.remove(d));
    assertTrue(store.remove(d));
    assertEquals(Optional.empty(), store.find(d));
    assertThrows(NotFoundException.class, () -> store.read(d, 0, ByteBuffer.allocate(1)));
  }

  @Test
  void descriptorsAreBoundedAndGoWithTheInstance() throws Exception {
    for (int i = 0; i < 200; i++) {
      IngestKey key = store.begin(spec("r" + i, 1)).key();
      store.append(key, 0, ByteBuffer.wrap(random(10, 1)));
    }
    assertTrue(descriptors() <= 64, descriptors() + " descriptors");
    IngestKey first = store.status("r0").orElseThrow().key();
    assertEquals(20, store.append(first, 10, ByteBuffer.wrap(random(10, 1))));
    store.close();
    assertEquals(0, descriptors());
    assertThrows(UnavailableException.class, () -> store.append(first, 20, ByteBuffer.wrap(random(10, 1))));
  }

  private long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(p -> {
        try {
          return Files.readSymbolicLink(p).startsWith(root);
        } catch (IOException e) {
          return false; // the one that lists
        }
      }).count();
    }
  }

  /** Others list while a write begins and ends, again and again: it is there or it is not, and one that stays is always there. */
  @Test
  void listsWhileWritesEnd() throws Exception {
    store.begin(spec("stays", 1));
    var listed = new java.util.concurrent.atomic.AtomicInteger();
    try (var pool = Executors.newSingleThreadExecutor()) {
      Future<?> lister = pool.submit(() -> {
        while (listed.getAndIncrement() < 3000) {
          assertTrue(store.ingests("", 10).stream().anyMatch(s -> s.ref().equals("stays")), "it was not listed");
        }
        return null;
      });
      for (int i = 0; !lister.isDone(); i++) {
        IngestKey key = store.begin(spec("passes", 1)).key();
        store.append(key, 0, ByteBuffer.wrap(random(10, i)));
        if (i % 2 == 0) store.abort("passes");
        else store.commit(key, digest(random(10, i)), 10);
      }
      lister.get();
    }
  }
}
