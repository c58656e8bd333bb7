package io.gantry.content;

import static io.gantry.content.World.SCOPE;
import static io.gantry.content.World.digest;
import static io.gantry.content.World.random;
import static io.gantry.content.World.spec;
import static io.gantry.content.World.store;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.content.ContentStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases of containerd's content suite, and those it leaves out. */
class ContentServiceTest {
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

  private Writer writer(WriterSpec spec) throws IOException {
    return world.contents.writer(SCOPE, spec);
  }

  private static WriterSpec bare(String ref) {
    return WriterSpec.of(ref);
  }

  @Test
  void unfinishedAndFinishedAreTwoWorlds() throws IOException {
    byte[] bytes = random(1000, 1);
    Digest d = digest(bytes);
    try (Writer w = writer(new WriterSpec("r", Optional.of(d), OptionalLong.of(1000), Map.of("a", "b")))) {
      w.write(ByteBuffer.wrap(bytes, 0, 600));
      Status s = world.contents.status(SCOPE, "r").orElseThrow();
      assertEquals(new Status("r", 600, OptionalLong.of(1000), Optional.of(d), w.status().started(), s.updated()), s);
      assertEquals(Optional.empty(), world.contents.find(SCOPE, d));
      assertThrows(NotFoundException.class, () -> world.contents.reader(SCOPE, d));
      assertEquals(digest(java.util.Arrays.copyOf(bytes, 600)), w.digest());
      w.write(ByteBuffer.wrap(bytes, 600, 400));
      Info info = w.commit(d, 1000);
      assertEquals(new Info(d, 1000, info.created(), info.updated(), Map.of("a", "b")), info);
    }
    assertEquals(Optional.empty(), world.contents.status(SCOPE, "r"));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
    assertArrayEquals(bytes, world.read(d));
    assertEquals(List.of("default/content/create " + d), world.told);
  }

  @Test
  void fiveWritersOfOneRefAreOneDownloadAndFourWaiters() throws Exception {
    byte[] bytes = random(3_000_000, 1);
    var opened = new java.util.concurrent.atomic.AtomicInteger();
    var all = new ArrayList<Future<Boolean>>();
    try (var pool = Executors.newFixedThreadPool(5)) {
      for (int i = 0; i < 5; i++) all.add(pool.submit(() -> wanted(bytes, opened)));
    }
    int wrote = 0;
    for (var f : all) if (f.get()) wrote++;
    assertEquals(1, wrote);
    assertEquals(1, opened.get());
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  private boolean wanted(byte[] bytes, java.util.concurrent.atomic.AtomicInteger opened) throws Exception {
    while (true) {
      try (Writer w = writer(spec("r", bytes))) {
        world.contents.write(w, offset -> {
          opened.incrementAndGet();
          return new ByteArrayInputStream(bytes, (int) offset, bytes.length);
        });
        w.commit(digest(bytes), bytes.length);
        return true;
      } catch (AlreadyExistsException e) {
        return false;
      } catch (UnavailableException e) {
        assertTrue(e.getMessage().contains("held by another writer since"), e.getMessage());
        Thread.onSpinWait();
        Thread.sleep(1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"500,0", "500,10", "5000,50", "50000,90", "50000,100", "3000000,50"})
  void aClosedWriteIsResumedWhereItStood(int size, int percent) throws IOException {
    byte[] bytes = random(size, percent);
    int part = size / 100 * percent;
    Status before;
    try (Writer w = writer(spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, part));
      before = w.status();
    }
    try (Writer w = writer(spec("r", bytes))) {
      assertEquals(part, w.status().offset());
      assertEquals(before.started(), w.status().started());
      assertEquals(digest(java.util.Arrays.copyOf(bytes, part)), w.digest());
      world.contents.write(w, offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length));
      w.commit(digest(bytes), size);
    }
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void truncateStartsAnewAndKeepsTheRef() throws IOException {
    byte[] bytes = random(100, 2);
    try (Writer w = writer(bare("r"))) {
      w.write(ByteBuffer.wrap(random(100, 1)));
      w.truncate();
      assertThrows(UnavailableException.class, () -> writer(bare("r")));
      assertEquals(0, w.status().offset());
      w.write(ByteBuffer.wrap(bytes));
      w.commit(digest(bytes), 100);
    }
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void wrongBytesAreThrownAway() throws IOException {
    byte[] right = random(100, 1);
    Writer w = writer(spec("r", right));
    w.write(ByteBuffer.wrap(random(100, 2)));
    var e = assertThrows(CorruptException.class, () -> w.commit(digest(right), 100));
    assertEquals(digest(right).toString(), e.expected());
    assertThrows(ConflictException.class, () -> w.write(ByteBuffer.wrap(right)));
    w.close();
    try (Writer again = writer(spec("r", right))) {
      assertEquals(0, again.status().offset());
      again.write(ByteBuffer.wrap(right));
      again.commit(digest(right), 100);
    }
  }

  @Test
  void wrongSizesAreThrownAwayToo() throws IOException {
    byte[] bytes = random(100, 1);
    try (Writer w = writer(bare("short"))) {
      w.write(ByteBuffer.wrap(bytes));
      assertThrows(CorruptException.class, () -> w.commit(digest(bytes), 101));
    }
    try (Writer w = writer(spec("long", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 90));
      assertThrows(CorruptException.class, () -> w.write(ByteBuffer.wrap(random(11, 3))));
    }
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
    assertEquals(Optional.empty(), world.contents.find(SCOPE, digest(bytes)));
  }

  @Test
  void aFollowerIsToldOfBytesThatTheStoreHadAlready() throws Exception {
    byte[] bytes = random(3000, 2);
    world.contents.put(SCOPE, bare("r"), bytes);
    var other = SCOPE.withNamespace("other"); // no row there, as after a commit whose answer was lost
    try (var tail = world.contents.tail(other, "layer", digest(bytes), Duration.ofSeconds(20));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<byte[]> followed = threads.submit(tail::readAllBytes);
      assertThrows(AlreadyExistsException.class, () -> world.contents.writer(other, spec("layer", bytes)));
      assertArrayEquals(bytes, followed.get());
    }
  }

  @Test
  void bytesOfAnotherNamespaceAreSharedByDigest() throws IOException {
    byte[] bytes = random(100, 1);
    var other = SCOPE.withNamespace("other").withLease("l1");
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    assertEquals(Optional.empty(), world.contents.find(other, digest(bytes)));
    assertThrows(AlreadyExistsException.class, () -> world.contents.writer(other, spec("r", bytes)));
    assertEquals(100, world.contents.info(other, digest(bytes)).size());
    world.contents.remove(SCOPE, digest(bytes));
    assertEquals(Optional.empty(), world.contents.find(SCOPE, digest(bytes)));
    assertArrayEquals(bytes, world.contents.read(other, digest(bytes), 100));
    String d = digest(bytes).toString();
    assertEquals(List.of("default/content/create " + d, "lease l1 holds content/" + d, "other/content/create " + d,
        "default/content/delete " + d),
        world.told);
  }

  @Test
  void labelsChangeByKey() throws IOException {
    byte[] bytes = random(10, 1);
    world.contents.put(SCOPE, new WriterSpec("r", Optional.empty(), OptionalLong.empty(), Map.of("a", "1", "b", "2")), bytes);
    Info info = world.contents.label(SCOPE, digest(bytes), Map.of("a", "", "c", "3"));
    assertEquals(Map.of("b", "2", "c", "3"), info.labels());
    assertEquals(info, world.contents.info(SCOPE, digest(bytes)));
    assertTrue(info.updated().isAfter(info.created()));
  }

  @Test
  void aBlobThatRotsIsFoundWhenItIsRead() throws IOException {
    byte[] bytes = random(1000, 1);
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    Path file = root.resolve("root/content/local/blobs/sha256").resolve(digest(bytes).hex());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    bytes[500]++;
    Files.write(file, bytes);
    bytes[500]--;
    assertThrows(CorruptException.class, () -> world.read(digest(bytes)));
    Files.write(file, java.util.Arrays.copyOf(bytes, 999));
    assertThrows(CorruptException.class, () -> world.read(digest(bytes)));
    assertThrows(ExhaustedException.class, () -> world.contents.read(SCOPE, digest(bytes), 999));
  }

  @Test
  void readsAtAnyPosition() throws IOException {
    byte[] bytes = random(1000, 1);
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    try (var reader = world.contents.reader(SCOPE, digest(bytes))) {
      ByteBuffer into = ByteBuffer.allocate(300);
      assertEquals(100, reader.read(900, into));
      assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 900, 1000), java.util.Arrays.copyOf(into.array(), into.position()));
      assertEquals(-1, reader.read(1000, into));
      assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 10, 1000), reader.stream(10).readAllBytes());
    }
  }

  @Test
  void writesAreListedPerNamespaceInOrder() throws IOException {
    var other = SCOPE.withNamespace("default2");
    for (String ref : List.of("c", "a", "b/x")) writer(bare(ref)).close();
    world.contents.writer(other, bare("z")).close();
    assertEquals(List.of("a", "b/x"), world.contents.writes(SCOPE, "", 2).stream().map(Status::ref).toList());
    assertEquals(List.of("c"), world.contents.writes(SCOPE, "b/x", 2).stream().map(Status::ref).toList());
    assertEquals(List.of("z"), world.contents.writes(other, "", 2).stream().map(Status::ref).toList());
    try (Writer w = writer(bare("a"))) {
      assertEquals(0, w.status().offset());
      assertThrows(ConflictException.class, () -> world.contents.abort(SCOPE, "a"));
    }
    world.contents.abort(SCOPE, "a");
    assertThrows(NotFoundException.class, () -> world.contents.abort(SCOPE, "a"));
  }

  /** A new instance would not know the writer, and take its ref. */
  @ParameterizedTest
  @ValueSource(strings = {"local", "not a name"})
  void aChangedConfigurationLeavesWritersAtWork(String name) throws IOException {
    byte[] bytes = random(1000, 1);
    try (Writer w = writer(spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 600));
      world.contents.modified(store(name));
      assertThrows(UnavailableException.class, () -> writer(spec("r", bytes)));
      assertThrows(ConflictException.class, () -> world.contents.abort(SCOPE, "r"));
      w.write(ByteBuffer.wrap(bytes, 600, 400));
      w.commit(digest(bytes), 1000);
    }
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void whatIsThereIsReadWhereItIs() throws IOException {
    byte[] bytes = random(1000, 1);
    try (Writer w = writer(spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes));
      w.commit(digest(bytes), 1000);
    }
    world.contents.modified(store("other"));
    assertArrayEquals(bytes, world.read(digest(bytes)));
    assertArrayEquals(bytes, world.contents.read(SCOPE, digest(bytes), 1000));
    try (var tail = world.contents.tail(SCOPE, "r", digest(bytes), Duration.ofSeconds(1))) {
      assertArrayEquals(bytes, tail.readAllBytes());
    }
  }

  /** The store of before is away, and does not come back. */
  @Test
  void whatIsBroughtAgainIsReadWhereItWasBrought() throws IOException {
    byte[] bytes = random(1000, 1);
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    world.drivers.open("second");
    world.contents.modified(store("second"));
    world.drivers.take(new DriverRef(ContentStore.KIND, "local"));
    assertThrows(UnavailableException.class, () -> world.read(digest(bytes)));
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    assertArrayEquals(bytes, world.read(digest(bytes)));
    assertEquals(List.of(), world.contents.reclaim(SCOPE, "second", List.of(digest(bytes))), "it is recorded there");
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void whatIsUnfinishedInAStoreOfBeforeIsSeenAndAborted() throws IOException {
    writer(bare("a")).close();
    writer(bare("b")).close();
    world.drivers.open("second");
    world.contents.modified(store("second"));
    writer(bare("b")).close();
    writer(bare("c")).close();
    assertEquals(Set.of("default"), world.contents.writing(SCOPE));
    for (String ref : List.of("a", "b")) assertTrue(world.contents.status(SCOPE, ref).isPresent(), ref);
    for (String ref : List.of("a", "b", "c")) {
      assertEquals(ref, world.contents.writes(SCOPE, "", 1).getFirst().ref(), "in order, each once");
      world.contents.abort(SCOPE, ref);
    }
    world.contents.modified(store("local"));
    assertEquals(Set.of(), world.contents.writing(SCOPE));
  }

  @Test
  void aChangedStoreIsThatOfTheNextCall() throws IOException {
    world.contents.modified(store("other"));
    var e = assertThrows(IOException.class, () -> writer(bare("r")));
    assertTrue(e.getMessage().contains("content/other"), e.getMessage());
    world.contents.modified(store("local"));
    writer(bare("r")).close();
  }

  /** A constructor that throws would take every command that needs content away, until the next start. */
  @Test
  void aWrongStoreAtTheStartIsToldByEachCall() throws Exception {
    byte[] bytes = random(1000, 1);
    try (World wrong = new World(root.resolve("wrong"), "no name")) {
      List<Executable> calls = List.of(() -> wrong.contents.writer(SCOPE, bare("r")), () -> wrong.contents.status(SCOPE, "r"),
          () -> wrong.contents.writes(SCOPE, "", 1), () -> wrong.contents.abort(SCOPE, "r"),
          () -> wrong.contents.tail(SCOPE, "r", digest(bytes), Duration.ZERO));
      for (Executable call : calls) {
        String message = assertThrows(InvalidException.class, call).getMessage();
        assertTrue(message.startsWith("content.cfg: store = 'no name' is no name of a driver: expected "), message);
      }
      wrong.contents.modified(store("none either"));
      assertTrue(assertThrows(InvalidException.class, calls.getFirst()).getMessage().startsWith("content.cfg: store = 'none either' "));
      assertThrows(NotFoundException.class, () -> wrong.contents.info(SCOPE, digest(bytes)), "the rows are there");
      wrong.contents.modified(store("local"));
      wrong.contents.put(SCOPE, spec("r", bytes), bytes);
      assertArrayEquals(bytes, wrong.read(digest(bytes)));
    }
  }

  @Test
  void anAbortIsToldToThoseWhoFollow() throws Exception {
    byte[] bytes = random(1000, 1);
    try (Writer w = writer(spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 600));
    }
    try (var tail = world.contents.tail(SCOPE, "r", digest(bytes), Duration.ofMinutes(5))) {
      var read = new FutureTask<>(tail::readAllBytes);
      Thread.ofVirtual().start(read); // not a pool, whose close would wait for one that is not told
      world.contents.abort(SCOPE, "r");
      var e = assertThrows(ExecutionException.class, () -> read.get(20, TimeUnit.SECONDS));
      assertTrue(e.getCause() instanceof UnavailableException && e.getCause().getMessage().contains("aborted"), () -> "" + e.getCause());
      world.contents.put(SCOPE, spec("r", bytes), bytes); // and the ref can be used again
    }
  }

  @Test
  void aWriteAtWorkIsTakenFromItsWriter() throws Exception {
    byte[] bytes = random(1000, 1);
    Writer w = writer(bare("r"));
    w.write(ByteBuffer.wrap(bytes, 0, 600));
    try (var tail = world.contents.tail(SCOPE, "r", digest(bytes), Duration.ofMinutes(5))) {
      world.contents.revoke(SCOPE, "r");
      assertTrue(assertThrows(UnavailableException.class, tail::readAllBytes).getMessage().contains("aborted"));
    }
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
    List<Executable> calls = List.of(() -> w.write(ByteBuffer.wrap(bytes)), w::status, w::digest, w::truncate,
        () -> w.expect(digest(bytes)),
        () -> w.commit(w.digest(), -1));
    for (Executable call : calls) {
      assertTrue(assertThrows(ConflictException.class, call).getMessage().contains("was aborted beneath its writer"));
    }
    try (Writer next = writer(bare("r"))) {
      w.close();
      assertThrows(UnavailableException.class, () -> writer(bare("r")), "the close of one is no end of the next");
      next.write(ByteBuffer.wrap(bytes));
      next.commit(digest(bytes), 1000);
    }
    assertThrows(NotFoundException.class, () -> world.contents.revoke(SCOPE, "r"));
    writer(bare("r")).close();
    world.contents.revoke(SCOPE, "r");
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }

  /** Whatever the writer is at: it fails with its next call, or was first and has committed. */
  @Test
  void aWriteIsTakenBetweenTwoCalls() throws Exception {
    byte[] bytes = random(20_000, 1);
    int taken = 0;
    for (int i = 0; i < 100; i++) {
      String ref = "r" + i;
      var going = new java.util.concurrent.CountDownLatch(1);
      int pause = i;
      var writing = new FutureTask<>(() -> {
        try (Writer w = writer(bare(ref))) {
          going.countDown();
          for (int at = 0; at < bytes.length; at += 100) w.write(ByteBuffer.wrap(bytes, at, 100));
          w.commit(digest(bytes), bytes.length);
          return true;
        } catch (ConflictException e) {
          assertTrue(e.getMessage().contains("was aborted beneath its writer"), e.getMessage());
          return false;
        }
      });
      Thread.ofVirtual().start(writing);
      going.await();
      java.util.concurrent.locks.LockSupport.parkNanos(pause * 50_000L);
      try {
        world.contents.revoke(SCOPE, ref);
        assertEquals(false, writing.get(20, TimeUnit.SECONDS));
        taken++;
      } catch (NotFoundException e) {
        assertEquals(true, writing.get(20, TimeUnit.SECONDS));
      }
      assertEquals(Optional.empty(), world.contents.status(SCOPE, ref));
      writer(bare(ref)).close();
    }
    assertTrue(taken > 0, "none was taken");
  }

  @Test
  void whatAFollowerReadIsCheckedAtTheEnd() throws Exception {
    byte[] bytes = random(1000, 1);
    try (Writer w = writer(spec("r", bytes)); var tail = world.contents.tail(SCOPE, "r", digest(bytes), Duration.ofSeconds(20))) {
      w.write(ByteBuffer.wrap(bytes));
      Path data;
      try (var all = Files.walk(root)) {
        data = all.filter(p -> Files.isRegularFile(p) && p.toFile().length() == 1000).findFirst().orElseThrow();
      }
      bytes[500]++;
      Files.write(data, bytes); // as a disk that fails
      bytes[500]--;
      assertEquals(1000, tail.readNBytes(1000).length);
      w.commit(digest(bytes), 1000); // what was written is right
      assertThrows(CorruptException.class, tail::read);
    }
  }

  @Test
  void blobsAreListedInOrder() throws IOException {
    var digests = new java.util.TreeSet<Digest>();
    for (int i = 0; i < 25; i++) {
      byte[] bytes = random(10, i);
      world.contents.put(SCOPE, spec("r" + i, bytes), bytes);
      digests.add(digest(bytes));
    }
    var walked = new ArrayList<Digest>();
    Optional<Digest> after = Optional.empty();
    for (List<Info> page = world.contents.list(SCOPE, after, 10); !page.isEmpty(); page = world.contents.list(SCOPE, after, 10)) {
      page.forEach(i -> walked.add(i.digest()));
      after = Optional.of(page.getLast().digest());
    }
    assertEquals(List.copyOf(digests), walked);
  }
}
