package io.gantry.kit.fault;

import io.gantry.api.Digest;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A content store of which things go wrong; within its contract but for failing writes. Knows which writes are held. */
public final class FaultyContent implements ContentStore, Ingester, AutoCloseable {
  private final ContentStore store;
  private final Ingester ingester;
  private final Faults faults;
  private final Set<IngestKey> held = ConcurrentHashMap.newKeySet();

  /** @param store the store, which is an {@link Ingester} too */
  public FaultyContent(ContentStore store, Faults faults) {
    if (!(store instanceof Ingester i)) throw new IllegalArgumentException("the store is no Ingester; one object implements both");
    this.store = store;
    this.ingester = i;
    this.faults = faults;
  }

  /** Refs that were begun and neither released, committed nor aborted: what a caller that lost its way leaves. */
  public List<String> held() {
    return new ArrayList<>(held).stream().map(IngestKey::ref).sorted().toList();
  }

  @Override
  public Optional<Blob> find(Digest digest) throws IOException {
    return store.find(digest);
  }

  @Override
  public List<Blob> list(Optional<Digest> after, int max) throws IOException {
    return store.list(after, max);
  }

  @Override
  public int read(Digest digest, long position, ByteBuffer into) throws IOException {
    return Buffers.upTo(faults.mostRead(), into, b -> store.read(digest, position, b));
  }

  @Override
  public boolean remove(Digest digest) throws IOException {
    if (faults.saysAgain()) return false;
    faults.write("remove of " + digest);
    return store.remove(digest);
  }

  @Override
  public IngestStatus begin(IngestSpec spec) throws IOException {
    faults.write("begin of '" + spec.ref() + "'");
    IngestStatus s = ingester.begin(spec);
    held.removeIf(k -> k.ref().equals(spec.ref()));
    held.add(s.key());
    return s;
  }

  @Override
  public Optional<IngestStatus> status(String ref) throws IOException {
    return ingester.status(ref);
  }

  @Override
  public List<IngestStatus> ingests(String after, int max) throws IOException {
    return ingester.ingests(after, max);
  }

  @Override
  public long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    if (!faults.fails()) return Buffers.upTo(faults.mostWritten(), bytes, b -> ingester.append(key, offset, b));
    if (faults.tears()) Buffers.upTo(bytes.remaining() / 2, bytes.duplicate(), b -> ingester.append(key, offset, b));
    throw Faults.full("append to '" + key.ref() + "' at " + offset);
  }

  @Override
  public int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException {
    return Buffers.upTo(faults.mostRead(), into, b -> ingester.readIngest(key, position, b));
  }

  @Override
  public void truncate(IngestKey key) throws IOException {
    faults.write("truncate of '" + key.ref() + "'");
    ingester.truncate(key);
  }

  @Override
  public void release(IngestKey key) throws IOException {
    held.remove(key);
    ingester.release(key);
  }

  @Override
  public void abort(String ref) throws IOException {
    held.removeIf(k -> k.ref().equals(ref));
    ingester.abort(ref);
  }

  @Override
  public Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException {
    if (faults.saysAgain()) return Optional.empty();
    faults.write("commit of '" + key.ref() + "'");
    Optional<Blob> done = ingester.commit(key, digest, size);
    if (done.isPresent()) held.remove(key);
    return done;
  }

  @Override
  public void close() throws Exception {
    faults.closing();
    if (store instanceof AutoCloseable c) c.close();
  }
}
