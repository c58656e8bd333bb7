package io.gantry.content;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Hasher;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;

/**
 * A write as core's own object: it hashes, bounds, and takes its ingest over again from whichever driver version is there. The monitor is
 * held over each call, so that a revocation comes between two of them.
 */
final class BlobWriter implements Writer {
  /** The records of blobs. */
  interface Records {
    /** The write has begun, or goes on: it is held. */
    void begun() throws IOException;

    /** Lets the namespace have bytes that are a blob now, which is held in the place of the write. */
    Info record(Blob blob, Map<String, String> labels) throws IOException;

    /** Whether the namespace has the blob; it is held from then on. */
    boolean keep(Digest digest) throws IOException;

    /** The write was thrown away: nothing is held of it any more. */
    void dropped() throws IOException;
  }

  private static final int REHASH_BYTES = 1 << 20;
  private static final int TRIES = 3;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private final Store store;
  private final Refs refs;
  private final DigestLocks locks;
  private final Scope scope;
  private final WriterSpec spec;
  private final String ingest;
  private final Records records;
  private Growth growth;
  private Hasher hasher;
  private IngestStatus begun;
  private long offset;
  private Instant updated;
  private boolean inDoubt;
  private boolean closed;
  private boolean revoked;

  /** @param held the ref, which the caller holds and this object gives free from now on */
  BlobWriter(Store store, Refs refs, DigestLocks locks, Growth held, Scope scope, WriterSpec spec, Records records)
      throws IOException {
    this.store = store;
    this.refs = refs;
    this.locks = locks;
    this.scope = scope;
    this.spec = spec;
    this.ingest = Refs.ingest(scope, spec.ref());
    this.records = records;
    this.hasher = new Hasher(spec.expected().map(Digest::algorithm).orElse("sha256"));
    this.growth = held;
    take();
    records.begun();
  }

  /** Takes the ref from the driver and hashes what is there. */
  private void take() throws IOException {
    standsAt(store.begin(scope, ingest, spec.expected(), spec.total()));
    updated = begun.updated();
  }

  private void standsAt(IngestStatus now) throws IOException {
    begun = now;
    offset = now.offset();
    hasher = hashed(hasher.algorithm());
    growth.at(begun.key(), offset);
  }

  private Hasher hashed(String algorithm) throws IOException {
    Hasher fresh = new Hasher(algorithm);
    hash(fresh, 0, offset);
    return fresh;
  }

  /** Hashes what the store has, which is what a reader will get. */
  private void hash(Hasher into, long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(REHASH_BYTES, to - from));
    for (long at = from; at < to; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
      int n = store.readIngest(scope, begun.key(), at, buffer);
      if (n <= 0) throw new IOException("write '" + spec.ref() + "' ends at " + at + " bytes, its store said " + to);
      into.update(buffer.flip());
      at += n;
    }
  }

  @Override
  public synchronized Status status() throws ConflictException {
    unrevoked();
    return new Status(spec.ref(), offset, spec.total(), spec.expected(), begun.started(), updated);
  }

  @Override
  public synchronized void write(ByteBuffer bytes) throws IOException {
    open();
    if (spec.total().isPresent() && offset + bytes.remaining() > spec.total().getAsLong()) {
      long found = offset + bytes.remaining();
      throw discarded(new CorruptException("write '" + spec.ref() + "': too many bytes", spec.total().getAsLong() + " bytes", "at least "
          + found));
    }
    for (int failures = 0; bytes.hasRemaining(); ) {
      if (inDoubt) settle(bytes);
      if (!bytes.hasRemaining()) return;
      try {
        accepted(bytes, store.append(scope, begun.key(), offset, bytes));
        failures = 0;
      } catch (IOException e) {
        inDoubt = true;
        if (!replaced(e) || ++failures > TRIES) throw e;
      }
    }
  }

  /** What a driver that was replaced by force, or a call that took too long, looks like from here. */
  private static boolean replaced(IOException e) {
    return e instanceof ConflictException || e instanceof NotFoundException || e instanceof UnavailableException;
  }

  /**
   * After a call of which nobody knows what it did, and which may still be at work: asks where the write stands, takes it over from a
   * driver that was replaced, and passes over those of {@code bytes} that are there. They are hashed as the store has them: the buffer may
   * have been used for something else since.
   *
   * @throws ConflictException the write stands outside of these bytes: the caller goes on from {@link #status}
   */
  private void settle(ByteBuffer bytes) throws IOException {
    IngestStatus now = store.resume(scope, begun.key(), spec.expected(), spec.total());
    if (now.offset() < offset || now.offset() > offset + bytes.remaining()) {
      long was = offset;
      standsAt(now);
      inDoubt = false;
      throw new ConflictException("write '" + spec.ref() + "' stood at " + was + " bytes and its store has " + offset
          + "; go on from there");
    }
    begun = now;
    Hasher more = hasher.copy();
    hash(more, offset, now.offset());
    hasher = more;
    bytes.position(bytes.position() + (int) (now.offset() - offset));
    offset = now.offset();
    inDoubt = false;
    growth.at(begun.key(), offset);
  }

  private void accepted(ByteBuffer bytes, long now) {
    int n = (int) (now - offset);
    hasher.update(bytes.slice(bytes.position(), n));
    bytes.position(bytes.position() + n);
    offset = now;
    updated = Instant.now();
    growth.at(begun.key(), offset);
  }

  @Override
  public synchronized void truncate() throws IOException {
    open();
    if (inDoubt) begun = store.resume(scope, begun.key(), spec.expected(), spec.total());
    store.truncate(scope, begun.key());
    inDoubt = false;
    growth.gone("write '" + spec.ref() + "' was begun anew by its writer");
    growth = refs.renew(ingest);
    offset = 0;
    hasher.reset();
    growth.at(begun.key(), 0);
  }

  @Override
  public synchronized Digest digest() throws ConflictException {
    unrevoked();
    return hasher.digest();
  }

  @Override
  public synchronized void expect(Digest digest) throws IOException {
    open();
    if (!records.keep(digest)) return;
    var known = new AlreadyExistsException("write '" + spec.ref() + "': blob " + digest + " is in namespace " + scope.namespace()
        + " already");
    closed = true;
    try {
      store.abort(scope, ingest);
      records.dropped();
    } catch (IOException e) {
      known.addSuppressed(e);
    }
    growth.committed(digest);
    refs.release(ingest);
    throw known;
  }

  /** Takes the write from whoever has it, whose next call fails. @return false where it has ended */
  synchronized boolean revoke() throws IOException {
    if (closed) return false;
    store.abort(scope, ingest);
    closed = true;
    revoked = true;
    growth.gone("write '" + spec.ref() + "' was aborted");
    refs.renew(ingest);
    refs.release(ingest);
    records.dropped();
    return true;
  }

  @Override
  public synchronized Info commit(Digest expected, long size, Map<String, String> labels) throws IOException {
    open();
    Labels.checked(labels);
    if (inDoubt) settle(NOTHING);
    long wanted = size >= 0 ? size : spec.total().orElse(offset);
    if (offset != wanted) {
      throw discarded(new CorruptException("write '" + spec.ref() + "' has the wrong size", wanted + " bytes", offset + " bytes"));
    }
    if (!hasher.algorithm().equals(expected.algorithm())) hasher = hashed(expected.algorithm());
    Digest actual = hasher.digest();
    if (!actual.equals(expected)) {
      throw discarded(new CorruptException("write '" + spec.ref() + "' has the wrong digest", expected.toString(), actual.toString()));
    }
    Info info;
    try (var held = locks.hold(scope, actual)) { // no collection comes between the bytes and their record
      info = records.record(committedBlob(actual), labels);
    }
    growth.committed(actual);
    closed = true;
    refs.release(ingest);
    return info;
  }

  private Blob committedBlob(Digest actual) throws IOException {
    for (int failures = 0; ; ) {
      try {
        return store.commit(scope, begun.key(), actual, offset);
      } catch (IOException e) {
        if (!replaced(e) || ++failures > TRIES) throw e;
        var done = store.find(scope, actual);
        if (done.isPresent()) {
          store.abort(scope, ingest); // the answer of the first try was lost, or other bytes of this digest came first
          return done.get();
        }
        settle(NOTHING);
      }
    }
  }

  /** Bytes that are wrong are thrown away, so that no later write goes on from them. */
  private CorruptException discarded(CorruptException why) {
    closed = true;
    try {
      store.abort(scope, ingest);
      records.dropped();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
    growth.gone(why.getMessage());
    refs.renew(ingest);
    refs.release(ingest);
    return why;
  }

  private void unrevoked() throws ConflictException {
    if (revoked) throw new ConflictException("write '" + spec.ref() + "' was aborted beneath its writer; open it again to write it anew");
  }

  private void open() throws ConflictException {
    unrevoked();
    if (closed) throw new ConflictException("write '" + spec.ref() + "' is closed");
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) return;
    closed = true;
    try {
      store.release(scope, begun.key());
    } catch (ConflictException | NotFoundException e) {
      return; // somebody took it over or aborted it: there is nothing to release
    } finally {
      refs.release(ingest);
    }
  }
}
