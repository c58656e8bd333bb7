package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Hasher;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs and unfinished writes over the wire. */
class ContentsTest {
  private static final Scope SCOPE = Scope.root();
  @TempDir Path root;
  private Engine engine;
  private RemoteManager manager;
  private Contents contents;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    manager = RemoteManager.connect(engine.address());
    contents = manager.contents();
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    engine.close();
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Digest digest(byte[] bytes) {
    return Hasher.digest("sha256", bytes);
  }

  private static WriterSpec spec(String ref, byte[] bytes) {
    return new WriterSpec(ref, Optional.of(digest(bytes)), OptionalLong.of(bytes.length), Map.of("of", "spec"));
  }

  @Test
  void aLargeBlobIsWrittenAndRead() throws IOException {
    byte[] bytes = random(9_500_001, 1);
    try (Writer w = contents.writer(SCOPE, spec("layer", bytes))) {
      assertEquals(0, w.status().offset());
      w.write(ByteBuffer.wrap(bytes, 0, 3));
      assertEquals(digest(Arrays.copyOf(bytes, 3)), w.digest());
      contents.write(w, offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length));
      assertEquals(bytes.length, w.status().offset());
      Info info = w.commit(digest(bytes), bytes.length, Map.of("of", "commit", "more", "x"));
      assertEquals(new Info(digest(bytes), bytes.length, info.created(), info.updated(), Map.of("of", "commit", "more", "x")), info);
    }
    try (var reader = contents.reader(SCOPE, digest(bytes)); InputStream in = reader.stream(0)) {
      assertEquals(bytes.length, reader.size());
      assertArrayEquals(bytes, in.readAllBytes());
      assertEquals(-1, in.read());
      ByteBuffer part = ByteBuffer.allocate(2_000_000);
      assertEquals(2_000_000, reader.read(5_000_000, part));
      assertArrayEquals(Arrays.copyOfRange(bytes, 5_000_000, 7_000_000), part.array());
      assertEquals(1, reader.read(bytes.length - 1, part.clear()));
      assertEquals(-1, reader.read(bytes.length, part.clear()));
      assertArrayEquals(Arrays.copyOfRange(bytes, 9_000_000, bytes.length), reader.stream(9_000_000).readAllBytes());
    }
    assertEquals(List.of(), contents.writes(SCOPE, "", 10));
  }

  @Test
  void smallOnesArePutAndRead() throws IOException {
    byte[] bytes = random(1000, 2);
    Info info = contents.put(SCOPE, new WriterSpec("doc", Optional.empty(), OptionalLong.empty(), Map.of("a", "b")), bytes);
    assertEquals(digest(bytes), info.digest());
    assertEquals(Map.of("a", "b"), info.labels());
    assertArrayEquals(bytes, contents.read(SCOPE, info.digest(), 1000));
    assertThrows(ExhaustedException.class, () -> contents.read(SCOPE, info.digest(), 999));
    assertEquals(Map.of("a", "b", "c", "d"), contents.put(SCOPE, new WriterSpec("doc", Optional.empty(), OptionalLong.empty(), Map.of("c",
        "d")), bytes).labels(), "what is there gets the labels");
    assertThrows(CorruptException.class, () -> contents.put(SCOPE, spec("doc", random(3, 3)), bytes));
    assertEquals(0, contents.put(SCOPE, WriterSpec.of("empty"), new byte[0]).size());
    assertEquals(0, contents.read(SCOPE, digest(new byte[0]), 10).length);
    byte[] large = random(9 << 20, 4);
    assertEquals(digest(large), contents.put(SCOPE, WriterSpec.of("large"), large).digest());
    assertThrows(NotFoundException.class, () -> contents.read(SCOPE, digest(random(4, 4)), 10));
  }

  @Test
  void aWriteIsResumedTruncatedAndAborted() throws IOException {
    byte[] bytes = random(3_000_000, 5);
    Writer first = contents.writer(SCOPE, spec("r", bytes));
    first.write(ByteBuffer.wrap(bytes, 0, 1_500_000));
    assertThrows(UnavailableException.class, () -> contents.writer(SCOPE, spec("r", bytes)));
    assertThrows(ConflictException.class, () -> contents.abort(SCOPE, "r"), "its writer is at work");
    first.write(ByteBuffer.wrap(bytes, 1_500_000, 0));
    assertEquals(digest(Arrays.copyOf(bytes, 1_500_000)), first.digest(), "and goes on");
    Writer taken = contents.writer(SCOPE, WriterSpec.of("taken"));
    contents.revoke(SCOPE, "taken");
    assertEquals(List.of("r"), contents.writes(SCOPE, "", 10).stream().map(Status::ref).toList());
    taken.write(ByteBuffer.wrap(bytes, 0, 100));
    assertThrows(ConflictException.class, taken::digest);
    taken.close();
    first.close();
    Status status = contents.status(SCOPE, "r").orElseThrow();
    assertEquals(1_500_000, status.offset());
    assertEquals(OptionalLong.of(bytes.length), status.total());
    assertEquals(List.of(status), contents.writes(SCOPE, "", 10));
    try (Writer second = contents.writer(SCOPE, spec("r", bytes))) {
      assertEquals(1_500_000, second.status().offset());
      assertEquals(digest(Arrays.copyOf(bytes, 1_500_000)), second.digest());
      second.truncate();
      assertEquals(0, second.status().offset());
      assertEquals(digest(new byte[0]), second.digest());
      second.write(ByteBuffer.wrap(bytes, 0, 100));
    }
    contents.abort(SCOPE, "r");
    assertEquals(Optional.empty(), contents.status(SCOPE, "r"));
    assertThrows(NotFoundException.class, () -> contents.abort(SCOPE, "r"));
  }

  @Test
  void anotherOffsetIsRefusedByTheOtherSide() throws IOException {
    for (long at : new long[] {99, 101, 1L << 40}) {
      try (WriteCall call = WriteCall.open(manager.link(), SCOPE, WriterSpec.of("r"))) {
        call.send(WriteCall.data(0, ByteBuffer.allocate(100)));
        call.send(WriteCall.data(at, ByteBuffer.allocate(1)));
        assertThrows(ConflictException.class, call::drain);
      }
      try (Writer w = new Patience().with(SCOPE, () -> contents.writer(SCOPE, WriterSpec.of("r")))) {
        assertEquals(100, w.status().offset());
      }
    }
  }

  @Test
  void wrongBytesAreRefusedAndThrownAway() throws IOException {
    byte[] bytes = random(100, 6);
    Writer more = contents.writer(SCOPE, spec("more", bytes));
    assertThrows(CorruptException.class, () -> more.write(ByteBuffer.allocate(101)));
    assertEquals(Optional.empty(), contents.status(SCOPE, "more"));
    Writer other = contents.writer(SCOPE, WriterSpec.of("other"));
    other.write(ByteBuffer.allocate(100));
    var wrong = assertThrows(CorruptException.class, () -> other.commit(digest(bytes), 100));
    assertEquals(digest(bytes).toString(), wrong.expected());
    assertEquals(digest(new byte[100]).toString(), wrong.actual());
    Writer few = contents.writer(SCOPE, WriterSpec.of("few"));
    few.write(ByteBuffer.wrap(bytes, 0, 99));
    assertThrows(CorruptException.class, () -> few.commit(digest(bytes), 100));
    assertEquals(List.of(), contents.writes(SCOPE, "", 10));
    assertEquals(Optional.empty(), contents.find(SCOPE, digest(bytes)));
  }

  @Test
  void whatIsThereNeedsNoBytes() throws IOException {
    byte[] bytes = random(100, 7);
    contents.put(SCOPE, WriterSpec.of("a"), bytes);
    assertThrows(AlreadyExistsException.class, () -> contents.writer(SCOPE, spec("b", bytes)));
    assertEquals(Map.of("of", "spec"), contents.info(SCOPE, digest(bytes)).labels());
    try (Writer w = contents.writer(SCOPE, WriterSpec.of("c"))) {
      w.write(ByteBuffer.wrap(bytes));
      assertEquals(Map.of("of", "spec", "of.c", "x"), w.commit(digest(bytes), 100, Map.of("of.c", "x")).labels());
    }
    assertEquals(Optional.empty(), contents.status(SCOPE, "c"));
  }

  @Test
  void blobsAreListedLabelledAndRemoved() throws IOException {
    for (int i = 0; i < 30; i++) contents.put(SCOPE, WriterSpec.of("w" + i), random(i + 1, i));
    List<Info> all = contents.list(SCOPE, Optional.empty(), 1000);
    assertEquals(30, all.size());
    assertEquals(all.subList(11, 21), contents.list(SCOPE, Optional.of(all.get(10).digest()), 10));
    assertEquals(List.of(), contents.list(SCOPE, Optional.of(all.getLast().digest()), 10));
    Digest d = all.getFirst().digest();
    assertEquals(Map.of("a.b/c", "d"), contents.label(SCOPE, d, Map.of("a.b/c", "d")).labels());
    assertEquals(Map.of("e", "f"), contents.label(SCOPE, d, Map.of("a.b/c", "", "e", "f")).labels());
    assertEquals(Map.of("g", "h"), contents.relabel(SCOPE, d, Map.of("g", "h")).labels());
    contents.remove(SCOPE, d);
    assertThrows(NotFoundException.class, () -> contents.info(SCOPE, d));
    assertThrows(NotFoundException.class, () -> contents.reader(SCOPE, d));
    assertThrows(NotFoundException.class, () -> contents.remove(SCOPE, d));
  }

  @Test
  void theScopesLeaseAndNamespaceGoWithTheCall() throws IOException {
    Scope scope = SCOPE.withNamespace("n");
    manager.leases().create(scope, "l", Map.of());
    Digest d = contents.put(scope.withLease("l"), WriterSpec.of("r"), new byte[] {1}).digest();
    assertEquals(List.of("content/" + d), manager.leases().held(scope, "l"));
    assertEquals(Optional.empty(), contents.find(SCOPE, d));
    assertThrows(NotFoundException.class, () -> contents.put(scope.withLease("none"), WriterSpec.of("r"), new byte[] {2}));
  }

  @Test
  void changedBytesAreFoundByTheReader() throws IOException {
    byte[] bytes = random(3_000_000, 8);
    contents.put(SCOPE, WriterSpec.of("a"), bytes);
    Path file;
    try (Stream<Path> all = Files.walk(root)) {
      file = all.filter(p -> p.getFileName().toString().equals(digest(bytes).hex())).findFirst().orElseThrow();
    }
    byte[] other = bytes.clone();
    other[2_999_999] ^= 1;
    Files.write(file, other);
    var reader = contents.reader(SCOPE, digest(bytes));
    assertThrows(CorruptException.class, () -> reader.stream(0).readAllBytes());
    assertThrows(CorruptException.class, () -> contents.read(SCOPE, digest(bytes), 4_000_000));
    assertEquals(1000, reader.stream(2_999_000).readAllBytes().length);
  }

  @Test
  void aWriteThatGrowsIsFollowed() throws Exception {
    byte[] bytes = random(300_000, 9);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor(); Writer w = contents.writer(SCOPE, spec("t", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 100_000));
      w.digest();
      InputStream tail = contents.tail(SCOPE, "t", digest(bytes), Duration.ofSeconds(20));
      var read = threads.submit(tail::readAllBytes);
      w.write(ByteBuffer.wrap(bytes, 100_000, 200_000));
      w.commit(digest(bytes), bytes.length);
      assertArrayEquals(bytes, read.get());
    }
    InputStream none = contents.tail(SCOPE, "none", digest(new byte[1]), Duration.ofMillis(100));
    assertThrows(UnavailableException.class, none::read);
  }
}
