package io.gantry.kit.rules;

import io.gantry.api.ConflictException;
import io.gantry.kit.Contract;
import io.gantry.kit.Kill;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.Workload;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The rules of {@link MetadataStore}. */
public final class MetadataContract implements Contract<MetadataStore> {
  private static final Key FIRST = new Key("a", "", "");
  private static final Key END = new Key("zzzz", "", "");

  @Override
  public String name() {
    return "MetadataStore";
  }

  @Rule("M-1")
  void acknowledgedBatchesSurviveAKill(Trial<MetadataStore> t) throws Exception {
    for (int i = 1; i <= 20; i++) t.driver().commit(pair(i));
    t.crash();
    for (int i = 1; i <= 20; i++) t.equal(2, halves(t.driver(), i), "records of batch " + i + " of two, after a kill");
  }

  @Rule(value = "M-1", stochastic = true)
  void batchesAreWholeAfterAKillInTheMiddle(Trial<MetadataStore> t) throws Exception {
    for (int round = 0; round < 3; round++) {
      List<String> lines = Kill.after(5 + t.random().nextInt(200), t, Committing.class);
      MetadataStore m = t.another();
      int last = lines.stream().mapToInt(Integer::parseInt).max().orElseThrow();
      for (String line : lines) {
        t.equal(2, halves(m, Integer.parseInt(line)), "records of batch " + line + " of two, which was acknowledged");
      }
      for (int i = last + 1; i < last + 10; i++) t.check(halves(m, i) != 1, "half of batch " + i + " is there after a kill");
      t.check(m.sequence() >= lines.size(), "sequence " + m.sequence() + " after " + lines.size() + " commits");
      t.shut();
    }
  }

  /** Commits pairs, one after another, going on where the last run stopped. */
  static final class Committing implements Workload<MetadataStore> {
    @Override
    public void run(MetadataStore m, Random random, Consumer<String> acknowledge) throws Exception {
      int i = 1;
      while (m.get(half("a", i)).isPresent()) i++;
      while (true) {
        m.commit(pair(i));
        acknowledge.accept(Integer.toString(i++));
      }
    }
  }

  @Rule("M-2")
  void conditionThatDoesNotHoldChangesNothing(Trial<MetadataStore> t) throws Exception {
    MetadataStore m = t.driver();
    Key there = key("there");
    Key absent = key("absent");
    long revision = m.commit(Batch.builder().require(there, Batch.ABSENT).put(there, b("1")).build());
    m.commit(Batch.builder().require(there, Batch.PRESENT).require(there, revision).require(absent, Batch.ABSENT).put(key("x"), b("x"))
        .build());
    long sequence = m.sequence();
    record Wrong(Key key, long revision) {}
    for (Wrong w : List.of(new Wrong(there, Batch.ABSENT), new Wrong(there, revision + 1), new Wrong(absent, Batch.PRESENT),
        new Wrong(absent, revision))) {
      ConflictException e = t.fails(ConflictException.class, "commit that requires revision " + w.revision + " of " + w.key, () -> m.commit(
          Batch.builder().put(key("before"), b("no")).require(key("x"), Batch.PRESENT).require(w.key, w.revision).put(there, b("2"))
          .remove(key("x")).build()));
      t.check(e.getMessage() != null && e.getMessage().contains(w.key.id()), "the refusal does not name the key " + w.key + ": "
          + e.getMessage());
      if (w.key == there) {
        t.check(e.getMessage().contains("" + revision), "the refusal does not say that revision " + revision + " was found: "
            + e.getMessage());
      }
    }
    t.equal(Optional.of(new Rec(there, revision, b("1"))), m.get(there), "the record after refused commits");
    t.equal(Optional.empty(), m.get(key("before")), "a record of a refused commit");
    t.check(m.get(key("x")).isPresent(), "a refused commit removed a record");
    t.equal(sequence, m.sequence(), "sequence after refused commits");
    t.reopen();
    t.equal(Optional.of(new Rec(there, revision, b("1"))), t.driver().get(there), "the record after refused commits and a new start");
  }

  @Rule("M-2")
  void oneOfManyWinsACompareAndSet(Trial<MetadataStore> t) throws Exception {
    MetadataStore m = t.driver();
    Key k = key("counter");
    m.commit(Batch.builder().put(k, b("0")).build());
    List<Future<Integer>> wins = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) wins.add(threads.submit(() -> add(m, k, 25)));
      for (Future<Integer> f : wins) f.get();
    }
    t.equal("150", new String(m.get(k).orElseThrow().value()), "a counter that six threads raised 25 times each");
  }

  private static int add(MetadataStore m, Key k, int times) throws IOException {
    int conflicts = 0;
    for (int done = 0; done < times; ) {
      Rec r = m.get(k).orElseThrow();
      try {
        m.commit(Batch.builder().require(k, r.revision()).put(k, b("" + (Integer.parseInt(new String(r.value())) + 1))).build());
        done++;
      } catch (ConflictException e) {
        conflicts++; // somebody else was first: read again
      }
    }
    return conflicts;
  }

  @Rule("M-3")
  void sequenceGrowsAndIsTheRevision(Trial<MetadataStore> t) throws Exception {
    t.equal(0L, t.driver().sequence(), "sequence of an empty store");
    long last = 0;
    for (int i = 0; i < 12; i++) {
      long now = t.driver().commit(i % 3 == 2 ? Batch.builder().remove(key("r" + (i - 1))).build() : Batch.builder()
          .put(key("r" + i), b("" + i)).build());
      t.check(now > last, "commit answered " + now + " after " + last);
      t.equal(now, t.driver().sequence(), "sequence after commit " + now);
      if (i % 3 != 2) t.equal(now, t.driver().get(key("r" + i)).orElseThrow().revision(), "revision of what commit " + now + " wrote");
      last = now;
      if (i % 4 == 3) {
        t.reopen();
        t.check(t.driver().sequence() >= last, "sequence " + t.driver().sequence() + " after a new start, it was " + last);
      }
    }
    Set<Long> seen = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Long>> all = new ArrayList<>();
      MetadataStore m = t.driver();
      for (int i = 0; i < 40; i++) {
        Key k = key("c" + i);
        all.add(threads.submit(() -> m.commit(Batch.builder().put(k, b("x")).build())));
      }
      for (Future<Long> f : all) t.check(seen.add(f.get()), "two commits have one sequence");
    }
  }

  @Rule("M-4")
  void batchIsSeenAsAWholeFromItsCommitOn(Trial<MetadataStore> t) throws Exception {
    MetadataStore m = t.driver();
    Key from = new Key("pair", "", "a");
    Key to = new Key("pair", "", "z");
    m.commit(group(0));
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<String>> readers = List.of(threads.submit(() -> torn(m, from, to, stop)), threads.submit(() -> torn(m, from, to, stop)));
      try {
        for (int i = 1; i <= 150; i++) {
          m.commit(group(i));
          t.equal("" + i, new String(m.get(new Key("pair", "", "m3")).orElseThrow().value()), "a record after commit " + i + " answered");
        }
      } finally {
        stop.set(true);
      }
      for (Future<String> r : readers) t.equal("", r.get(), "what a reader saw of a batch in part");
    }
  }

  private static Batch group(int n) {
    Batch.Builder b = Batch.builder();
    for (int i = 0; i < 8; i++) b.put(new Key("pair", "", "m" + i), b("" + n));
    return b.build();
  }

  private static String torn(MetadataStore m, Key from, Key to, AtomicBoolean stop) throws IOException {
    while (!stop.get()) {
      Set<String> values = new HashSet<>();
      for (Rec r : m.range(from, to, 100)) values.add(new String(r.value()));
      if (values.size() > 1) return "values " + values + " in one range";
    }
    return "";
  }

  @Rule("M-5")
  void rangeIsInOrderOfBytes(Trial<MetadataStore> t) throws Exception {
    MetadataStore m = t.driver();
    List<Key> keys = new ArrayList<>();
    for (String table : List.of("image", "image2", "container"))
      for (String ns : List.of("", "default", "k8s.io", "\uFF5E", "\uD83D\uDE00")) {
        for (String id : List.of("", "a", "a/b", "Z", "ä", "\uFFFD", "\uD83D\uDE00")) keys.add(new Key(table, ns, id));
      }
    List<Key> shuffled = new ArrayList<>(keys);
    java.util.Collections.shuffle(shuffled, t.random());
    for (Key k : shuffled) m.commit(Batch.builder().put(k, b(k.toString())).build());
    keys.sort(null);
    t.equal(keys, keys(m.range(FIRST, END, 1000)), "all records");
    t.equal(keys.subList(0, 7), keys(m.range(FIRST, END, 7)), "the first seven");
    for (int i = 0; i < keys.size(); i += 9) {
      int to = Math.min(keys.size() - 1, i + 12);
      t.equal(keys.subList(i, to), keys(m.range(keys.get(i), keys.get(to), 1000)), "records from " + keys.get(i) + " to before "
          + keys.get(to));
    }
    t.equal(List.of(), m.range(keys.get(5), keys.get(5), 10), "a range of nothing");
    m.commit(Batch.builder().remove(keys.get(3)).remove(key("never was")).build());
    t.equal(Optional.empty(), m.get(keys.get(3)), "a removed record");
    keys.remove(3);
    t.equal(keys, keys(m.range(FIRST, END, 1000)), "all records but one");
  }

  @Rule("M-6")
  void valuesComeBackByteForByte(Trial<MetadataStore> t) throws Exception {
    byte[][] values = {{}, {0}, {(byte) 0xff, 0, '\n'}, t.bytes(4096), t.bytes(1 << 20)};
    for (int i = 0; i < values.length; i++) t.driver().commit(Batch.builder().put(key("v" + i), values[i]).build());
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < values.length; i++) {
        t.equal(values[i], t.driver().get(key("v" + i)).orElseThrow().value(), "value of " + values[i].length + " bytes");
      }
      if (round == 0) t.reopen();
      else t.crash();
    }
  }

  @Rule("M-7")
  void cutEndDoesNotStopTheStore(Trial<MetadataStore> t) throws Exception {
    new Damage(t).cutEnds();
  }

  @Rule("M-7")
  void damageElsewhereIsSaidAndNothingThrownAway(Trial<MetadataStore> t) throws Exception {
    new Damage(t).flippedBytes();
  }

  @Rule("M-8")
  void newInstanceGoesOn(Trial<MetadataStore> t) throws Exception {
    List<Rec> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Key k = key(String.format("n%03d", i));
      expected.add(new Rec(k, t.driver().commit(Batch.builder().put(k, t.bytes(i * 10)).build()), t.driver().get(k).orElseThrow().value()));
      if (i % 10 == 4) t.reopen();
      if (i % 10 == 9) t.crash();
    }
    t.driver().commit(Batch.builder().remove(expected.removeLast().key()).build());
    t.reopen();
    t.equal(expected, t.driver().range(FIRST, END, 1000), "all records after starts and kills");
  }

  static Key key(String id) {
    return new Key("kit", "default", id);
  }

  static byte[] b(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private static List<Key> keys(List<Rec> records) {
    return records.stream().map(Rec::key).toList();
  }

  static Key half(String which, int i) {
    return new Key("half", which, Integer.toString(i));
  }

  /** A batch of two records with one value. */
  static Batch pair(int i) {
    byte[] value = ByteBuffer.allocate(4 + i % 500).putInt(i).array();
    return Batch.builder().put(half("a", i), value).put(half("b", i), value).build();
  }

  /** How many of the two are there. */
  static int halves(MetadataStore m, int i) throws IOException {
    return (m.get(half("a", i)).isPresent() ? 1 : 0) + (m.get(half("b", i)).isPresent() ? 1 : 0);
  }
}
