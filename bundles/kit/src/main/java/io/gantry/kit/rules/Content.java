package io.gantry.kit.rules;

import io.gantry.api.Digest;
import io.gantry.kit.Trial;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What core does with a content store, in a few words; used by the rules. */
final class Content {
  private static final int MOST = 10_000;
  private final Trial<ContentStore> t;

  Content(Trial<ContentStore> t) {
    this.t = t;
  }

  ContentStore store() throws Exception {
    return t.driver();
  }

  Ingester ingester() throws Exception {
    return ingester(t.driver());
  }

  static Ingester ingester(ContentStore store) {
    if (store instanceof Ingester i) return i;
    throw new AssertionError("the driver is no Ingester; one object implements both");
  }

  static Digest digest(byte[] bytes) {
    return io.gantry.kit.image.Blob.digest(bytes);
  }

  IngestSpec spec(String ref) {
    return new IngestSpec(ref, Optional.empty(), OptionalLong.empty(), t.epoch());
  }

  IngestKey begin(String ref) throws Exception {
    return ingester().begin(spec(ref)).key();
  }

  /** Appends all, however little the driver takes at once. */
  long append(IngestKey key, long offset, byte[] bytes) throws Exception {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    while (b.hasRemaining()) {
      int before = b.remaining();
      long next = ingester().append(key, offset, b);
      t.check(b.remaining() < before, "append took nothing of " + before + " bytes (I-4)");
      t.equal(offset + before - b.remaining(), next, "the new offset is the old one and what the buffer advanced by");
      offset = next;
    }
    return offset;
  }

  Blob commit(IngestKey key, byte[] bytes) throws Exception {
    return commit(key, digest(bytes), bytes.length);
  }

  Blob commit(IngestKey key, Digest digest, long size) throws Exception {
    List<Blob> done = new ArrayList<>();
    Ingester i = ingester();
    t.until("commit", () -> {
      i.commit(key, digest, size).ifPresent(done::add);
      return !done.isEmpty();
    });
    return done.getFirst();
  }

  Blob put(byte[] bytes) throws Exception {
    IngestKey key = begin("put-" + digest(bytes));
    append(key, 0, bytes);
    return commit(key, bytes);
  }

  void remove(Digest digest) throws Exception {
    ContentStore s = store();
    t.until("remove", () -> s.remove(digest));
  }

  byte[] read(Digest digest) throws Exception {
    ContentStore s = store();
    return all((position, into) -> s.read(digest, position, into));
  }

  byte[] readIngest(IngestKey key) throws Exception {
    Ingester i = ingester();
    return all((position, into) -> i.readIngest(key, position, into));
  }

  List<Blob> list(int page) throws Exception {
    List<Blob> all = new ArrayList<>();
    Optional<Digest> after = Optional.empty();
    while (all.size() < MOST) {
      List<Blob> p = store().list(after, page);
      t.check(p.size() <= page, "a page of at most " + page + " has " + p.size());
      if (p.isEmpty()) return all;
      all.addAll(p);
      after = Optional.of(p.getLast().digest());
    }
    throw new AssertionError("the pages of blobs never end");
  }

  List<IngestStatus> ingests(int page) throws Exception {
    List<IngestStatus> all = new ArrayList<>();
    String after = "";
    while (all.size() < MOST) {
      List<IngestStatus> p = ingester().ingests(after, page);
      t.check(p.size() <= page, "a page of at most " + page + " has " + p.size());
      if (p.isEmpty()) return all;
      all.addAll(p);
      after = p.getLast().ref();
    }
    throw new AssertionError("the pages of unfinished writes never end");
  }

  private interface Source {
    int read(long position, ByteBuffer into) throws IOException;
  }

  private byte[] all(Source source) throws IOException {
    byte[] bytes = new byte[0];
    while (true) {
      ByteBuffer into = ByteBuffer.allocate(8192);
      int n = source.read(bytes.length, into);
      if (n < 0) return bytes;
      t.check(n > 0, "a read of a buffer with room answers at least one byte, or -1 at the end");
      t.equal(n, into.position(), "the buffer advances by the bytes that were read");
      int from = bytes.length;
      bytes = Arrays.copyOf(bytes, from + n);
      into.flip().get(bytes, from, n);
    }
  }
}
