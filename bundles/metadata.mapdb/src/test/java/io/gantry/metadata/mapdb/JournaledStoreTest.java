package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournaledStoreTest {
  private static final Options SMALL = new Options(64 << 10, 200, 10);
  @TempDir Path root;

  static Key key(String id) {
    return new Key("t", "ns", id);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Batch put(String id, String value) {
    return Batch.builder().put(key(id), bytes(value)).build();
  }

  private JournaledStore open() throws IOException {
    return new JournaledStore(root, Options.defaults());
  }

  private Path journal() throws IOException {
    return Folder.open(root).all(Folder.JOURNAL).getLast();
  }

  @Test
  void conditionsHoldOrNothingHappens() throws IOException {
    try (var store = open()) {
      long first = store.commit(Batch.builder().require(key("a"), Batch.ABSENT).put(key("a"), bytes("1")).build());
      var e = assertThrows(ConflictException.class,
          () -> store.commit(Batch.builder().require(key("a"), Batch.ABSENT).put(key("a"), bytes("2")).put(key("b"), bytes("2")).build()));
      assertTrue(e.getMessage().contains("t/ns/a is at revision " + first + ", expected absent"), e.getMessage());
      assertEquals(Optional.empty(), store.get(key("b")));
      long second = store.commit(Batch.builder().require(key("a"), Batch.PRESENT).require(key("a"), first).remove(key("a")).build());
      assertTrue(second > first);
      assertEquals(Optional.empty(), store.get(key("a")));
      assertThrows(ConflictException.class, () -> store.commit(Batch.builder().require(key("a"), Batch.PRESENT).build()));
    }
  }

  @Test
  void rangesAreInOrderOfUnsignedBytes() throws IOException {
    try (var store = open()) {
      for (String id : List.of("ß", "z", "", "a", "\uD83D\uDE00", "a\u0001")) store.commit(put(id, id));
      List<Rec> all = store.range(new Key("t", "ns", ""), new Key("t", "nt", ""), 10);
      assertEquals(List.of("", "a", "a\u0001", "z", "ß", "\uD83D\uDE00"), all.stream().map(r -> r.key().id()).toList());
      assertEquals(List.of("a", "a\u0001"), store.range(key("a"), key("z"), 2).stream().map(r -> r.key().id()).toList());
      assertEquals(List.of(), store.range(key("a"), key("a"), 2));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 50, Long.MAX_VALUE})
  void randomWorkSurvivesReopening(long mapDbFrom) throws IOException {
    long seed = Long.getLong("gantry.seed", System.nanoTime());
    System.out.println("-Dgantry.seed=" + seed);
    var random = new Random(seed);
    var options = new Options(64 << 10, 200, mapDbFrom);
    var expected = new TreeMap<Key, Rec>();
    long last = 0;
    for (int round = 0; round < 12; round++) {
      var store = new JournaledStore(root, options);
      assertEquals(last, store.sequence());
      for (int i = 0; i < 60; i++) {
        var batch = Batch.builder();
        var puts = new TreeMap<Key, byte[]>();
        var removes = new ArrayList<Key>();
        for (int k = 0; k < 5; k++) {
          Key key = key("k" + random.nextInt(100));
          if (random.nextInt(4) == 0) removes.add(key);
          else puts.put(key, new byte[random.nextInt(10) == 0 ? 9000 : random.nextInt(300)]);
        }
        puts.values().forEach(random::nextBytes);
        puts.forEach(batch::put);
        removes.forEach(batch::remove);
        last = store.commit(batch.build());
        for (var p : puts.entrySet()) expected.put(p.getKey(), new Rec(p.getKey(), last, p.getValue()));
        removes.forEach(expected::remove);
      }
      assertEquals(List.copyOf(expected.values()), store.range(new Key("t", "", ""), new Key("u", "", ""), 1000));
      if (random.nextBoolean()) store.close(); // otherwise as if it was killed, its threads late
      else store.abandon();
    }
  }

  @Test
  void largeAndEmptyValuesComeBack() throws IOException {
    byte[] large = new byte[1 << 20];
    new Random(1).nextBytes(large);
    try (var store = open()) {
      store.commit(Batch.builder().put(key("large"), large).put(key("empty"), new byte[0]).build());
    }
    try (var store = open()) {
      assertArrayEquals(large, store.get(key("large")).orElseThrow().value());
      assertArrayEquals(new byte[0], store.get(key("empty")).orElseThrow().value());
    }
  }

  @Test
  void anyCutOfTheEndOpens() throws IOException {
    var store = open();
    long acknowledged = store.commit(put("a", "kept"));
    int whole = (int) Files.size(journal());
    store.commit(put("b", "torn"));
    store.abandon();
    byte[] file = Files.readAllBytes(journal());
    Path name = journal();
    for (int cut = whole; cut < file.length; cut++) {
      for (Path p : names()) Files.delete(p); // the note of the last round's close, too
      Files.write(name, java.util.Arrays.copyOf(file, cut));
      try (var again = new JournaledStore(root, Options.defaults())) {
        assertEquals(acknowledged, again.sequence());
        assertEquals(Optional.empty(), again.get(key("b")));
        assertEquals(acknowledged + 1, again.commit(put("c", "goes on")));
      }
    }
  }

  @Test
  void damageInTheMiddleIsToldAndNothingIsThrownAway() throws IOException {
    var store = open();
    for (int i = 0; i < 5; i++) store.commit(put("k" + i, "value " + i));
    store.close();
    byte[] good = Files.readAllBytes(journal());
    int lastFrame = good.length - 70;
    for (int at = 0; at < lastFrame; at += 7) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      if (at >= 28 && at < 32) continue; // padding of the header
      Files.write(journal(), bad);
      var e = assertThrows(CorruptException.class, this::open, "damaged at " + at);
      assertTrue(e.getMessage().contains(journal().toString()) && e.getMessage().contains("byte "), e.getMessage());
      assertArrayEquals(bad, Files.readAllBytes(journal()));
    }
  }

  @Test
  void bytesLostSinceACleanCloseAreDamage() throws IOException {
    var store = open();
    store.commit(put("a", "1"));
    store.commit(put("b", "2"));
    store.close();
    byte[] good = Files.readAllBytes(journal());
    Files.write(journal(), java.util.Arrays.copyOf(good, good.length - 1));
    isToldAgainAndAgain();
    Files.write(journal(), good);
    try (var again = open()) {
      assertArrayEquals(bytes("2"), again.get(key("b")).orElseThrow().value());
    }
  }

  /** The note that proves it stays until an open succeeds: a second one would take the loss for a torn end. */
  private void isToldAgainAndAgain() throws IOException {
    Path journal = root.resolve("journal-0000000000000000");
    List<Path> names = names();
    for (int i = 0; i < 3; i++) {
      var e = assertThrows(CorruptException.class, this::open, "open " + i);
      assertTrue(e.getMessage().contains(journal.toString()), e.getMessage());
      assertEquals(names, names());
    }
  }

  private List<Path> names() throws IOException {
    try (var all = Files.list(root)) {
      return all.sorted().toList();
    }
  }

  @Test
  void theOnlyCommitLostSinceACleanCloseIsDamage() throws IOException {
    var store = open();
    store.commit(put("a", "1"));
    store.close();
    byte[] good = Files.readAllBytes(journal());
    byte[] cut = java.util.Arrays.copyOf(good, good.length - 1);
    Files.write(journal(), cut);
    isToldAgainAndAgain();
    assertArrayEquals(cut, Files.readAllBytes(journal()));
    Files.delete(journal());
    isToldAgainAndAgain();
  }

  @Test
  void aNoteOfALatePredecessorMeansNothing() throws IOException {
    var first = open();
    var second = open(); // no commits: its journal has the name of the first one's
    first.commit(put("a", "late"));
    second.abandon();
    first.close();
    assertTrue(Files.exists(root.resolve("clean")));
    try (var third = open()) {
      assertEquals(Optional.empty(), third.get(key("a")));
      third.commit(put("b", "3"));
    }
    try (var fourth = open()) {
      assertArrayEquals(bytes("3"), fourth.get(key("b")).orElseThrow().value());
    }
  }

  @Test
  void aDamagedSnapshotIsTold() throws IOException, InterruptedException {
    try (var store = new JournaledStore(root, SMALL)) {
      for (int i = 0; i < 500; i++) store.commit(put("k" + i % 50, "value " + i));
      store.awaitCheckpoint();
    }
    Path snapshot = Folder.open(root).all(Folder.SNAPSHOT).getLast();
    byte[] good = Files.readAllBytes(snapshot);
    byte[] cut = java.util.Arrays.copyOf(good, good.length - 3);
    Files.write(snapshot, cut);
    var e = assertThrows(CorruptException.class, this::open);
    assertTrue(e.getMessage().contains(snapshot.toString()), e.getMessage());
    Files.write(snapshot, good);
    open().close();
  }

  @Test
  void aLateWriterWritesIntoADeadFile() throws IOException {
    var first = open();
    first.commit(put("a", "1"));
    var second = open();
    first.commit(put("a", "late"));
    second.commit(put("b", "2"));
    first.abandon();
    second.abandon();
    try (var third = open()) {
      assertArrayEquals(bytes("1"), third.get(key("a")).orElseThrow().value());
      assertArrayEquals(bytes("2"), third.get(key("b")).orElseThrow().value());
    }
  }

  @Test
  void commitsThatComeTogetherShareAFrame() throws Exception {
    int threads = 16;
    int each = 50;
    try (var store = open()) {
      try (var pool = Executors.newFixedThreadPool(threads)) {
        var all = new ArrayList<java.util.concurrent.Future<?>>();
        for (int t = 0; t < threads; t++) {
          String id = "t" + t;
          all.add(pool.submit(() -> {
            for (int i = 0; i < each; i++) store.commit(put(id, "" + i));
            return null;
          }));
        }
        for (var f : all) f.get();
      }
      assertEquals(threads * each, store.sequence());
      int[] frames = {0};
      Frames.read(journal(), Frames.header(journal(), Journal.MAGIC), p -> frames[0]++);
      assertTrue(frames[0] < threads * each / 2, frames[0] + " frames for " + threads * each + " commits");
    }
  }

  @Test
  void aBatchIsSeenWholeOrNotAtAll() throws Exception {
    try (var store = open(); var pool = Executors.newSingleThreadExecutor()) {
      store.commit(Batch.builder().put(key("x"), bytes("0")).put(key("y"), bytes("0")).build());
      var writer = pool.submit(() -> {
        for (int i = 1; i < 400; i++) store.commit(Batch.builder().put(key("x"), bytes("" + i)).put(key("y"), bytes("" + i)).build());
        return null;
      });
      while (!writer.isDone()) {
        List<Rec> both = store.range(key("x"), key("z"), 2);
        assertArrayEquals(both.get(0).value(), both.get(1).value());
      }
      writer.get();
    }
  }

  @Test
  void recordsGoOverIntoMapDbWhileCommitsGoOn() throws Exception {
    try (var store = new JournaledStore(root, new Options(16 << 20, 100_000, 1000))) {
      var batch = Batch.builder();
      for (int i = 0; i < 999; i++) batch.put(key("k" + i), bytes("old"));
      store.commit(batch.build());
      assertFalse(store.index().inMapDb());
      int n = 0;
      for (; n < 200 || !store.index().inMapDb(); n++) {
        store.commit(Batch.builder().put(key("k" + n % 999), bytes("new" + n)).put(key("more" + n), new byte[0])
            .remove(key("more" + (n - 1))).build());
      }
      List<Rec> all = store.range(key(""), key("z"), 2000);
      assertEquals(1000, all.size());
      for (Rec r : all) {
        int i = r.key().id().startsWith("k") ? Integer.parseInt(r.key().id().substring(1)) : -1;
        if (i >= 0 && i < n) assertEquals("new" + (i + (n - 1 - i) / 999 * 999), new String(r.value(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void aCheckpointBoundsTheFolder() throws Exception {
    try (var store = new JournaledStore(root, SMALL)) {
      for (int i = 0; i < 1000; i++) store.commit(put("k" + i % 20, "x".repeat(100) + i));
      store.awaitCheckpoint();
      assertTrue(Folder.open(root).all(Folder.SNAPSHOT).size() <= 1);
      assertFalse(Folder.open(root).all(Folder.SNAPSHOT).isEmpty());
      long size = 0;
      for (Path p : Folder.open(root).all(Folder.JOURNAL)) size += Files.size(p);
      assertTrue(size < 300_000, size + " bytes of journals");
    }
    try (var store = new JournaledStore(root, SMALL)) {
      assertEquals(20, store.range(key(""), key("z"), 100).size());
      assertEquals(1000, store.sequence());
    }
  }
}
