package io.gantry.kit.rules;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.kit.Contract;
import io.gantry.kit.Kill;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.Workload;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The rules of {@link Ingester}, the writing half of a content store. */
public final class IngestContract implements Contract<ContentStore> {
  /** Names that are no file names. */
  private static final List<String> REFS = List.of("plain", "with/slash", "..", "/", "../../../etc/passwd", "line\nbreak", "straße",
      "\uD83D\uDE00",
      "nul\0", " ", "%2e%2e", "x".repeat(512), "layer-sha256:" + "a".repeat(64));

  @Override
  public String name() {
    return "Ingester";
  }

  @Rule("I-1")
  void oneOfTwoGetsTheRef(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    c.store();
    List<Callable<Object>> tries = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      tries.add(() -> {
        try {
          return c.ingester().begin(c.spec("wanted"));
        } catch (UnavailableException e) {
          return e;
        }
      });
    }
    List<Object> got = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Object> f : threads.invokeAll(tries)) got.add(f.get());
    }
    t.equal(1L, got.stream().filter(IngestStatus.class::isInstance).count(), "of eight begins at once, how many got the ref");
    UnavailableException e = t.fails(UnavailableException.class, "begin of a ref that is held", () -> c.begin("wanted"));
    t.check(e.getMessage() != null && e.getMessage().contains("since") && e.getMessage().matches("(?s).*\\d.*"),
        "the refusal does not say since when the ref is held: " + e.getMessage());
  }

  @Rule("I-1")
  void largerEpochTakesOverSmallerIsRefused(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    IngestKey old = c.begin("taken");
    c.append(old, 0, t.bytes(100));
    IngestStatus now = c.ingester().begin(at("taken", t.epoch() + 5));
    t.equal(100L, now.offset(), "offset of a ref that was taken over");
    t.check(!now.key().equals(old), "the key of whoever took over is that of the old holder");
    t.fails(ConflictException.class, "begin with an epoch between", () -> c.ingester().begin(at("taken", t.epoch() + 2)));
    t.equal(now.key(), c.ingester().status("taken").orElseThrow().key(), "the holder's key after a begin was refused");
  }

  @Rule("I-2")
  void lateHolderWritesIntoADeadFile(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(200_000);
    Ingester i = c.ingester();
    IngestKey old = c.begin("fenced");
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<Long> late = thread.submit(() -> appendUntilRefused(i, old, bytes, stop));
      while (i.status("fenced").orElseThrow().offset() < 20_000 && !late.isDone()) Thread.onSpinWait();
      IngestStatus now = i.begin(at("fenced", t.epoch() + 1));
      long offset = now.offset();
      t.fails(ConflictException.class, "append by the old holder", () -> i.append(old, offset, ByteBuffer.wrap(new byte[10])));
      stop.set(true);
      late.get();
      t.equal(offset, i.status("fenced").orElseThrow().offset(), "offset, after the old holder went on for a while");
      c.append(now.key(), offset, Arrays.copyOfRange(bytes, (int) offset, bytes.length));
      t.equal(bytes, c.readIngest(now.key()), "bytes of two holders");
      t.fails(ConflictException.class, "truncate by the old holder", () -> i.truncate(old));
      t.fails(ConflictException.class, "commit by the old holder", () -> c.commit(old, bytes));
      c.commit(now.key(), bytes);
      t.equal(bytes, c.read(Content.digest(bytes)), "bytes of the blob");
    }
  }

  private static long appendUntilRefused(Ingester i, IngestKey key, byte[] bytes, AtomicBoolean stop) throws Exception {
    long offset = 0;
    while (offset < bytes.length && !stop.get()) {
      try {
        offset = i.append(key, offset, ByteBuffer.wrap(bytes, (int) offset, Math.min(1000, bytes.length - (int) offset)));
      } catch (ConflictException e) {
        return offset;
      }
    }
    return offset;
  }

  @Rule("I-3")
  void beginAgainGoesOnWhereItStood(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(3000);
    IngestSpec whole = new IngestSpec("again", Optional.of(Content.digest(bytes)), OptionalLong.of(3000), t.epoch());
    IngestStatus first = c.ingester().begin(whole);
    t.equal(0L, first.offset(), "offset of a new write");
    t.equal(OptionalLong.of(3000), first.total(), "total as it was given");
    t.equal(Optional.of(Content.digest(bytes)), first.expected(), "digest as it was given");
    c.append(first.key(), 0, Arrays.copyOf(bytes, 1000));
    c.ingester().release(first.key());
    for (IngestSpec same : List.of(whole, c.spec("again"))) {
      IngestStatus s = c.ingester().begin(same);
      t.equal(1000L, s.offset(), "offset of a write that has bytes");
      t.equal(first.started(), s.started(), "when the write started");
      t.equal(Arrays.copyOf(bytes, 1000), c.readIngest(s.key()), "its bytes");
      c.ingester().release(s.key());
    }
  }

  @Rule("I-3")
  void beginForOtherBytesStartsAtZero(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    Digest one = Content.digest(new byte[] {1});
    IngestSpec kept = new IngestSpec("other", Optional.of(one), OptionalLong.of(3000), t.epoch());
    for (IngestSpec other : List.of(new IngestSpec("other", Optional.of(Content.digest(new byte[] {2})), OptionalLong.of(3000), t.epoch()),
        new IngestSpec("other", Optional.of(one), OptionalLong.of(2999), t.epoch()))) {
      c.ingester().abort("other");
      IngestKey k = c.ingester().begin(kept).key();
      c.append(k, 0, t.bytes(1000));
      c.ingester().release(k);
      IngestStatus s = c.ingester().begin(other);
      t.equal(0L, s.offset(), "offset of a write that expects something else than before");
      t.equal(other.expected(), s.expected(), "the digest that is expected now");
      t.equal(other.total(), s.total(), "the total that is expected now");
    }
  }

  @Rule("I-4")
  void appendElsewhereOrByAnotherChangesNothing(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(2000);
    IngestKey key = c.begin("exact");
    c.append(key, 0, bytes);
    for (long at : new long[] {0, 1999, 2001, 1L << 40}) {
      ByteBuffer b = ByteBuffer.wrap(new byte[10]);
      t.fails(ConflictException.class, "append at " + at + " of a write that stands at 2000", () -> c.ingester().append(key, at, b));
      t.equal(10, b.remaining(), "bytes left in the buffer of a refused append");
    }
    IngestKey forged = new IngestKey("exact", key.epoch(), key.token() + "x");
    t.fails(ConflictException.class, "append by a key that was never given", () -> c.ingester()
        .append(forged, 2000, ByteBuffer.wrap(bytes)));
    IngestKey nowhere = new IngestKey("nowhere", key.epoch(), key.token());
    t.fails(ConflictException.class, "append to a ref that was never begun", () -> c.ingester().append(nowhere, 0, ByteBuffer.wrap(bytes)));
    t.equal(2000L, c.ingester().status("exact").orElseThrow().offset(), "offset after refused appends");
    t.equal(bytes, c.readIngest(key), "bytes after refused appends");
    ByteBuffer direct = ByteBuffer.allocateDirect(100).put(t.bytes(100)).position(50);
    long next = c.ingester().append(key, 2000, direct);
    t.check(next > 2000 && next <= 2050 && direct.position() == 50 + next - 2000, "append of 50 bytes answers " + next
        + ", the buffer is at " + direct.position());
  }

  @Rule("I-5")
  void growingBytesAreReadAtOnce(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(400_000);
    IngestKey key = c.begin("tailed");
    t.equal(-1, c.ingester().readIngest(key, 0, ByteBuffer.allocate(10)), "read of a write that has nothing yet");
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      AtomicBoolean stop = new AtomicBoolean();
      Future<byte[]> tail = thread.submit(() -> tail(c.ingester(), key, bytes.length, stop));
      try {
        long offset = 0;
        while (offset < bytes.length) {
          offset = c.append(key, offset, Arrays.copyOfRange(bytes, (int) offset, (int) Math.min(bytes.length, offset + 3001)));
          ByteBuffer last = ByteBuffer.allocate(1);
          t.equal(1, c.ingester().readIngest(key, offset - 1, last), "read of the byte that was appended last");
          t.equal(bytes[(int) offset - 1], last.get(0), "the byte that was appended last");
        }
        t.equal(bytes, tail.get(), "bytes read while they came");
      } finally {
        stop.set(true);
      }
    }
    t.equal(-1, c.ingester().readIngest(key, bytes.length, ByteBuffer.allocate(10)), "read at the present end");
    t.equal(-1, c.ingester().readIngest(key, bytes.length + 99, ByteBuffer.allocate(10)), "read beyond the present end");
  }

  private static byte[] tail(Ingester i, IngestKey key, int length, AtomicBoolean stop) throws Exception {
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining() && !stop.get()) if (i.readIngest(key, all.position(), all) < 0) Thread.onSpinWait();
    return all.array();
  }

  @Rule("I-6")
  void truncateDropsBytesAndKeepsTheHold(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    IngestKey key = c.begin("short");
    c.append(key, 0, t.bytes(5000));
    c.ingester().truncate(key);
    IngestStatus s = c.ingester().status("short").orElseThrow();
    t.equal(0L, s.offset(), "offset after truncate");
    t.equal(true, s.held(), "whether it is held after truncate");
    t.equal(-1, c.ingester().readIngest(key, 0, ByteBuffer.allocate(10)), "read after truncate");
    byte[] bytes = t.bytes(300);
    c.append(key, 0, bytes);
    t.equal(bytes, c.readIngest(key), "bytes appended after truncate");
    c.commit(key, bytes);
    t.equal(bytes, c.read(Content.digest(bytes)), "the blob of bytes appended after truncate");
  }

  @Rule("I-7")
  void releaseKeepsAndAbortDrops(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(700);
    IngestKey key = c.begin("let go");
    c.append(key, 0, bytes);
    c.ingester().release(key);
    c.ingester().release(key);
    t.equal(false, c.ingester().status("let go").orElseThrow().held(), "whether it is held after release");
    t.fails(ConflictException.class, "append after release", () -> c.ingester().append(key, 700, ByteBuffer.wrap(bytes)));
    IngestKey again = c.begin("let go");
    t.equal(bytes, c.readIngest(again), "bytes of a released write");
    c.ingester().release(key);
    t.equal(true, c.ingester().status("let go").orElseThrow().held(), "whether it is held after an older holder released once more");
    c.ingester().abort("let go");
    t.equal(Optional.empty(), c.ingester().status("let go"), "status of a held write that was aborted");
    t.fails(ConflictException.class, "append after abort", () -> c.ingester().append(again, 700, ByteBuffer.wrap(bytes)));
    c.ingester().abort("let go");
    c.ingester().abort("never was");
    c.ingester().release(again);
    t.equal(0L, c.ingester().begin(c.spec("let go")).offset(), "offset of a write begun after abort");
  }

  @Rule("I-8")
  void commitChecksTheSizeAndAnswersTheSameAgain(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(4000);
    Digest d = Content.digest(bytes);
    IngestKey key = c.begin("whole");
    c.append(key, 0, bytes);
    for (long size : new long[] {3999, 4001, 0}) {
      t.fails(ConflictException.class, "commit of 4000 bytes as " + size, () -> c.commit(key, d, size));
    }
    t.equal(4000L, c.ingester().status("whole").orElseThrow().offset(), "offset after refused commits");
    t.equal(Optional.empty(), c.store().find(d), "the blob after refused commits");
    Blob b = c.commit(key, bytes);
    t.equal(Optional.empty(), c.ingester().status("whole"), "status of a committed write");
    t.equal(List.of(), c.ingests(10), "unfinished writes after the commit");
    t.equal(b, c.commit(key, bytes), "the same commit once more");
    t.reopen();
    t.equal(b, c.commit(key, bytes), "the same commit once more, after a new start");
  }

  @Rule("I-8")
  void commitOfWhatIsThereDropsTheWrite(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(4000);
    Blob first = c.put(bytes);
    IngestKey key = c.begin("second copy");
    c.append(key, 0, bytes);
    t.equal(first, c.commit(key, bytes), "a blob that was there before");
    t.equal(Optional.empty(), c.ingester().status("second copy"), "status of a write whose blob was there");
    t.equal(bytes, c.read(first.digest()), "its bytes");
  }

  @Rule("I-8")
  void committedSurvivesAKill(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) all.add(t.bytes(i * 30_000));
    for (byte[] bytes : all) c.put(bytes);
    t.crash();
    for (byte[] bytes : all) t.equal(bytes, c.read(Content.digest(bytes)), "bytes of a committed blob after a kill");
  }

  @Rule("I-9")
  void unfinishedWritesAreListedByRef(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    c.put(t.bytes(100));
    for (String ref : REFS) c.append(c.begin(ref), 0, t.bytes(ref.length()));
    List<String> expected = REFS.stream().sorted((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b))).toList();
    for (int page : new int[] {1, 4, 100}) {
      t.equal(expected, c.ingests(page).stream().map(IngestStatus::ref).toList(), "refs in pages of " + page);
    }
    for (String ref : REFS) t.equal((long) ref.length(), c.ingester().status(ref).orElseThrow().offset(), "offset of ref '" + ref + "'");
    t.equal(Optional.empty(), c.ingester().status("another"), "status of a ref that was never begun");
    String middle = expected.get(5);
    t.equal(expected.subList(6, expected.size()), c.ingester().ingests(middle, 100).stream().map(IngestStatus::ref).toList(),
        "refs after '" + middle + "'");
  }

  @Rule("I-10")
  void writesSurviveAStartAndAKill(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(90_000);
    for (String ref : REFS) c.append(c.begin(ref), 0, Arrays.copyOf(bytes, 1000));
    t.reopen();
    for (String ref : REFS) t.equal(Arrays.copyOf(bytes, 1000), c.readIngest(c.begin(ref)), "bytes of ref '" + ref + "' after a new start");
    IngestKey key = c.begin("long");
    c.append(key, 0, Arrays.copyOf(bytes, 60_000));
    t.crash();
    IngestStatus s = c.ingester().begin(at("long", t.epoch()));
    t.check(s.offset() <= 60_000, "offset " + s.offset() + " after a kill is more than was appended");
    t.equal(Arrays.copyOf(bytes, (int) s.offset()), c.readIngest(s.key()), "bytes that a kill left");
    c.append(s.key(), s.offset(), Arrays.copyOfRange(bytes, (int) s.offset(), bytes.length));
    c.commit(s.key(), bytes);
    t.equal(bytes, c.read(Content.digest(bytes)), "the blob of a write that was killed and went on");
  }

  @Rule(value = "I-10", stochastic = true)
  void writesAndBlobsSurviveAKillInTheMiddle(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    for (int round = 0; round < 3; round++) {
      List<String> lines = Kill.after(3 + t.random().nextInt(60), t, Writing.class);
      t.another();
      for (String line : lines) {
        String[] words = line.split(" ");
        byte[] bytes = Writing.bytes(Integer.parseInt(words[1]));
        if (words[0].equals("blob")) {
          t.equal(bytes, c.read(Content.digest(bytes)), "bytes of a committed blob after a kill in the middle");
        } else {
          IngestStatus s = c.ingester().begin(at(words[1], Long.MAX_VALUE));
          t.check(s.offset() <= bytes.length, "offset " + s.offset() + " of a write of " + bytes.length + " bytes");
          t.equal(Arrays.copyOf(bytes, (int) s.offset()), c.readIngest(s.key()), "bytes that a kill in the middle left");
          c.ingester().abort(words[1]);
        }
      }
      t.shut();
    }
  }

  /** Commits every second write, and leaves the others. */
  static final class Writing implements Workload<ContentStore> {
    /** What write i is of. */
    static byte[] bytes(int i) {
      byte[] b = new byte[500 + i * 977 % 40_000];
      new Random(i).nextBytes(b);
      return b;
    }

    @Override
    public void run(ContentStore store, Random random, Consumer<String> acknowledge) throws Exception {
      Ingester in = Content.ingester(store);
      long epoch = System.currentTimeMillis(); // above that of every JVM that was killed before
      int i = 0;
      while (store.find(Content.digest(bytes(i))).isPresent()) i += 2;
      while (true) {
        byte[] bytes = bytes(i);
        IngestKey key = in.begin(at(Integer.toString(i), epoch)).key();
        in.truncate(key);
        for (long at = 0; at < bytes.length; ) {
          at = in.append(key, at, ByteBuffer.wrap(bytes, (int) at, Math.min(1000, bytes.length - (int) at)));
        }
        while (i % 2 == 0 && in.commit(key, Content.digest(bytes), bytes.length).isEmpty()) continue;
        acknowledge.accept((i % 2 == 0 ? "blob " : "write ") + i++);
      }
    }
  }

  private static IngestSpec at(String ref, long epoch) {
    return new IngestSpec(ref, Optional.empty(), OptionalLong.empty(), epoch);
  }

  private static byte[] utf8(String s) {
    return s.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
