package io.gantry.kit.rules;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** The rules of {@link ContentStore}. Those of the writing half are in {@link IngestContract}; a driver is tested by both. */
public final class ContentContract implements Contract<ContentStore> {
  @Override
  public String name() {
    return "ContentStore";
  }

  @Rule("C-1")
  void blobIsThereFromItsCommitOn(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    for (int size : new int[] {0, 1, 100_000}) {
      byte[] bytes = t.bytes(size);
      Digest d = Content.digest(bytes);
      Blob b = c.put(bytes);
      t.equal(d, b.digest(), "digest of the committed blob");
      t.equal((long) size, b.size(), "size of the committed blob");
      t.equal(Optional.of(b), c.store().find(d), "the blob, looked for after its commit");
      t.check(c.list(100).contains(b), "the list after the commit of " + size + " bytes has no " + d);
      t.equal(bytes, c.read(d), "bytes of the blob");
    }
  }

  @Rule("C-1")
  void unfinishedWriteIsNoBlob(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(5000);
    Digest d = Content.digest(bytes);
    c.append(c.begin("unfinished"), 0, bytes);
    t.equal(Optional.empty(), c.store().find(d), "a blob whose write is not finished");
    t.equal(List.of(), c.list(10), "blobs, while one write is not finished");
    t.fails(NotFoundException.class, "read of a blob whose write is not finished", () -> c.store().read(d, 0, ByteBuffer.allocate(10)));
  }

  @Rule("C-2")
  void readFillsFromAnyPosition(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(70_000);
    Digest d = c.put(bytes).digest();
    for (long at : new long[] {0, 1, 4095, 4096, 65_535, 69_999}) {
      for (ByteBuffer into : List.of(ByteBuffer.allocate(7), ByteBuffer.allocateDirect(9000), ByteBuffer.allocate(100_000).position(5)
          .limit(90_000))) {
        int start = into.position();
        int limit = into.limit();
        int n = c.store().read(d, at, into);
        t.check(n >= 1 && n <= limit - start, "read at " + at + " into " + (limit - start) + " bytes answers " + n);
        t.equal(start + n, into.position(), "position of the buffer after " + n + " bytes");
        t.equal(limit, into.limit(), "limit of the buffer");
        byte[] found = new byte[n];
        into.get(start, found);
        t.equal(Arrays.copyOfRange(bytes, (int) at, (int) at + n), found, "bytes at " + at);
      }
    }
    for (long at : new long[] {70_000, 70_001, 1L << 40}) {
      t.equal(-1, c.store().read(d, at, ByteBuffer.allocate(10)), "read at " + at + " of 70000 bytes");
    }
    Digest empty = c.put(new byte[0]).digest();
    t.equal(-1, c.store().read(empty, 0, ByteBuffer.allocate(10)), "read at 0 of no bytes");
  }

  @Rule("C-2")
  void readsOfOneBlobComeConcurrently(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(300_000);
    Digest d = c.put(bytes).digest();
    List<Callable<byte[]>> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) readers.add(() -> c.read(d));
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<byte[]> f : threads.invokeAll(readers)) t.equal(bytes, f.get(), "what one of eight readers at once got");
    }
  }

  @Rule("C-3")
  void unknownDigestIsNotFound(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    Digest d = Content.digest(t.bytes(10));
    t.fails(NotFoundException.class, "read of a blob that never was", () -> c.store().read(d, 0, ByteBuffer.allocate(10)));
    t.equal(Optional.empty(), c.store().find(d), "a blob that never was, looked for");
    Digest longer = new Digest("sha512", "0a".repeat(64));
    t.fails(NotFoundException.class, "read of a digest of SHA-512 that never was", () -> c.store()
        .read(longer, 0, ByteBuffer.allocate(10)));
    t.equal(Optional.empty(), c.store().find(longer), "a digest of SHA-512 that never was, looked for");
  }

  @Rule("C-4")
  void listIsInOrderWhateverThePage(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    List<Blob> expected = new ArrayList<>();
    for (int i = 0; i < 23; i++) expected.add(c.put(t.bytes(i)));
    expected.sort(Comparator.comparing(Blob::digest));
    for (int page : new int[] {1, 2, 7, 23, 1000}) t.equal(expected, c.list(page), "blobs in pages of " + page);
    Digest between = new Digest("sha256", "8".repeat(64));
    List<Blob> after = expected.stream().filter(b -> b.digest().compareTo(between) > 0).toList();
    t.equal(after, c.store().list(Optional.of(between), 100), "blobs after a digest that is not there");
  }

  @Rule("C-4")
  void whatStaysDuringAWalkIsInItOnce(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    Set<Digest> staying = new HashSet<>();
    List<Digest> leaving = new ArrayList<>();
    for (int i = 0; i < 20; i++) staying.add(c.put(t.bytes(100 + i)).digest());
    for (int i = 0; i < 20; i++) leaving.add(c.put(t.bytes(200 + i)).digest());
    List<Digest> seen = new ArrayList<>();
    Optional<Digest> after = Optional.empty();
    while (true) {
      List<Blob> page = c.store().list(after, 3);
      if (page.isEmpty()) break;
      page.forEach(b -> seen.add(b.digest()));
      after = Optional.of(page.getLast().digest());
      c.put(t.bytes(300 + seen.size()));
      if (!leaving.isEmpty()) c.remove(leaving.removeLast());
    }
    t.equal(seen.size(), new HashSet<>(seen).size(), "blobs seen, counted once");
    t.check(seen.containsAll(staying), "a blob that was there during the whole walk was not in it");
  }

  @Rule("C-5")
  void removedIsGoneAndRemovingAgainIsDone(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    Digest keep = c.put(t.bytes(1000)).digest();
    byte[] bytes = t.bytes(50_000);
    Digest d = c.put(bytes).digest();
    c.remove(d);
    t.equal(Optional.empty(), c.store().find(d), "a removed blob");
    t.fails(NotFoundException.class, "read of a removed blob", () -> c.store().read(d, 0, ByteBuffer.allocate(10)));
    t.equal(List.of(keep), c.list(10).stream().map(Blob::digest).toList(), "blobs after one of two was removed");
    t.equal(true, c.store().remove(d), "remove of a blob that is gone");
    t.equal(true, c.store().remove(Content.digest(t.bytes(3))), "remove of a blob that never was");
    c.put(bytes);
    t.equal(bytes, c.read(d), "bytes of a blob that was removed and came again");
  }

  @Rule("C-6")
  void newInstanceGoesOn(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    List<Blob> blobs = new ArrayList<>();
    for (int i = 0; i < 5; i++) blobs.add(c.put(t.bytes(1000 * i)));
    blobs.sort(Comparator.comparing(Blob::digest));
    t.reopen();
    t.equal(blobs, c.list(10), "blobs after a new start");
    t.crash();
    t.equal(blobs, c.list(10), "blobs after a kill");
    c.remove(blobs.getFirst().digest());
    t.reopen();
    t.equal(blobs.subList(1, 5), c.list(10), "blobs after a remove and a new start");
  }

  @Rule("C-6")
  void activationSweepsNothing(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(3000);
    IngestKey key = c.begin("at work");
    c.append(key, 0, Arrays.copyOf(bytes, 1000));
    ContentStore first = t.driver();
    t.another();
    t.equal(1000L, c.ingester().status("at work").orElseThrow().offset(),
        "offset of a peer's write, seen by an instance started beside it");
    Content.ingester(first).append(key, 1000, ByteBuffer.wrap(bytes, 1000, 1)); // the peer is at work still
    t.equal(Arrays.copyOf(bytes, 1001), c.readIngest(c.ingester().begin(new io.gantry.spi.content.IngestSpec("at work", Optional.empty(),
        java.util.OptionalLong.empty(), t.epoch() + 1)).key()), "bytes of a peer's write after an instance started beside it");
  }

  @Rule("C-7")
  void strangeNamesArePassedOver(Trial<ContentStore> t) throws Exception {
    Content c = new Content(t);
    byte[] bytes = t.bytes(500);
    Blob b = c.put(bytes);
    c.append(c.begin("half"), 0, bytes);
    List<Path> folders;
    try (Stream<Path> all = Files.walk(t.root())) {
      folders = all.filter(Files::isDirectory).toList();
    }
    for (Path f : folders) {
      Files.writeString(f.resolve("notes.txt"), "not a store's");
      Files.writeString(f.resolve(".hidden~"), "");
      Files.createDirectory(f.resolve("lost+found"));
    }
    t.reopen();
    t.equal(List.of(b), c.list(10), "blobs, with strange names in every folder");
    t.equal(1, c.ingests(10).size(), "unfinished writes, with strange names in every folder");
    t.equal(bytes, c.read(b.digest()), "bytes, with strange names in every folder");
    c.put(t.bytes(600));
    c.remove(b.digest());
    for (Path f : folders) {
      if (Files.isDirectory(f)) t.check(Files.exists(f.resolve("notes.txt")), "a strange file in " + f + " was removed");
    }
  }
}
