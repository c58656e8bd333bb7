package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;

/** A write as core's own object: it hashes, bounds, and takes its ingest over again from whichever driver version is there. */
final class BlobWriter implements Writer {
  /** What is to be done once bytes are a blob. */
  @FunctionalInterface
  interface Committed {
    Info record(Blob blob) throws IOException;
  }

  private static final int REHASH_BYTES = 1 << 20;
  private final Store store;
  private final Refs refs;
  private final Scope scope;
  private final WriterSpec spec;
  private final String ingest;
  private final Committed committed;
  private Growth growth;
  private Hasher hasher;
  private IngestStatus begun;
  private long offset;
  private Instant updated;
  private boolean closed;

  BlobWriter(Store store, Refs refs, Scope scope, WriterSpec spec, Committed committed) throws IOException {
    this.store = store;
    this.refs = refs;
    this.scope = scope;
    this.spec = spec;
    this.ingest = Refs.ingest(scope, spec.ref());
    this.committed = committed;
    this.hasher = new Hasher(spec.expected().map(Digest::algorithm).orElse("sha256"));
    this.growth = refs.hold(ingest);
    try {
      take();
    } catch (IOException | RuntimeException e) {
      refs.release(ingest);
      throw e;
    }
  }

  /** Takes the ref from the driver and hashes what is there. */
  private void take() throws IOException {
    begun = store.begin(scope, ingest, spec.expected(), spec.total());
    offset = begun.offset();
    updated = begun.updated();
    hasher = hashed(hasher.algorithm());
    growth.at(begun.key(), offset);
  }

  private Hasher hashed(String algorithm) throws IOException {
    Hasher fresh = new Hasher(algorithm);
    ByteBuffer buffer = offset == 0 ? ByteBuffer.allocate(0) : ByteBuffer.allocateDirect((int) Math.min(REHASH_BYTES, offset));
    for (long at = 0; at < offset; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), offset - at));
      int n = store.readIngest(scope, begun.key(), at, buffer);
      if (n <= 0) throw new IOException("write '" + spec.ref() + "' ends at " + at + " bytes, its store said " + offset);
      fresh.update(buffer.flip());
      at += n;
    }
    return fresh;
  }

  @Override
  public Status status() {
    return new Status(spec.ref(), offset, spec.total(), spec.expected(), begun.started(), updated);
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    open();
    if (spec.total().isPresent() && offset + bytes.remaining() > spec.total().getAsLong()) {
      long found = offset + bytes.remaining();
      throw discarded(new CorruptException("write '" + spec.ref() + "': too many bytes", spec.total().getAsLong() + " bytes", "at least " + found));
    }
    while (bytes.hasRemaining()) accepted(bytes, appended(bytes));
  }

  private long appended(ByteBuffer bytes) throws IOException {
    try {
      return store.append(scope, begun.key(), offset, bytes);
    } catch (ConflictException | NotFoundException e) {
      return takenOver(bytes, e);
    }
  }

  /** The driver was replaced by force, or an answer was lost: asks where the write stands, and goes on from there where that is possible. */
  private long takenOver(ByteBuffer bytes, IOException why) throws IOException {
    IngestStatus now = store.begin(scope, ingest, spec.expected(), spec.total());
    if (now.offset() < offset || now.offset() > offset + bytes.remaining()) {
      begun = now;
      long was = offset;
      offset = now.offset();
      hasher = hashed(hasher.algorithm());
      growth.at(begun.key(), offset);
      throw new ConflictException("write '" + spec.ref() + "' stood at " + was + " bytes and its store has " + offset + "; go on from there", why);
    }
    begun = now;
    return now.offset() > offset ? now.offset() : store.append(scope, begun.key(), offset, bytes);
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
  public void truncate() throws IOException {
    open();
    store.truncate(scope, begun.key());
    growth.gone("write '" + spec.ref() + "' was begun anew by its writer");
    growth = refs.renew(ingest);
    offset = 0;
    hasher.reset();
    growth.at(begun.key(), 0);
  }

  @Override
  public Digest digest() {
    return hasher.digest();
  }

  @Override
  public Info commit(Digest expected, long size) throws IOException {
    open();
    long wanted = size >= 0 ? size : spec.total().orElse(offset);
    if (offset != wanted) {
      throw discarded(new CorruptException("write '" + spec.ref() + "' has the wrong size", wanted + " bytes", offset + " bytes"));
    }
    if (!hasher.algorithm().equals(expected.algorithm())) hasher = hashed(expected.algorithm());
    Digest actual = hasher.digest();
    if (!actual.equals(expected)) {
      throw discarded(new CorruptException("write '" + spec.ref() + "' has the wrong digest", expected.toString(), actual.toString()));
    }
    Blob blob = committedBlob(actual);
    Info info = committed.record(blob);
    growth.committed(actual);
    closed = true;
    refs.release(ingest);
    return info;
  }

  private Blob committedBlob(Digest actual) throws IOException {
    try {
      return store.commit(scope, begun.key(), actual, offset);
    } catch (ConflictException | NotFoundException e) {
      var done = store.find(scope, actual);
      if (done.isPresent()) return done.get(); // the answer of the first try was lost
      long was = offset;
      take();
      if (offset != was) throw e;
      return store.commit(scope, begun.key(), actual, offset);
    }
  }

  /** Bytes that are wrong are thrown away, so that no later write goes on from them. */
  private CorruptException discarded(CorruptException why) {
    closed = true;
    try {
      store.abort(scope, ingest);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
    growth.gone(why.getMessage());
    refs.renew(ingest);
    refs.release(ingest);
    return why;
  }

  private void open() throws ConflictException {
    if (closed) throw new ConflictException("write '" + spec.ref() + "' is closed");
  }

  @Override
  public void close() throws IOException {
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
