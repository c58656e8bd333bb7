package io.gantry.spi.content;

import io.gantry.api.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes bytes until they are a blob.
 *
 * <h2>Words</h2>
 * An <em>ingest</em> is an unfinished write under a <em>ref</em>. It is <em>held</em> from {@code begin} to {@code release}, {@code commit}
 * or {@code abort}; a released one keeps its bytes, for whoever begins the ref next.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>I-1</b> {@code begin} MUST be atomic per ref: of two callers of one epoch one gets it, the other UnavailableException that says
 *     since when it is held. A larger epoch MUST take a held ref over; a smaller one MUST get ConflictException.
 * <li><b>I-2</b> A taken-over ingest MUST go on in a <em>new</em> file with the bytes so far, so that a late thread of the old holder
 *     writes into a dead one.
 * <li><b>I-3</b> {@code begin} of a ref that has bytes MUST answer their number as offset, keeping {@code started}; where {@code expected}
 *     or {@code total} are given and differ from those kept, it MUST start at 0.
 * <li><b>I-4</b> {@code append} at another offset than the present one, or by a key that is not the holder's, MUST throw ConflictException
 *     and change nothing. It MUST consume at least one byte where there is one and answer the new offset.
 * <li><b>I-5</b> {@code readIngest} MUST give what was appended, at once, to any holder's key, also while it grows; -1 at the present end.
 * <li><b>I-6</b> {@code truncate} MUST drop all bytes and keep the ref held.
 * <li><b>I-7</b> {@code release} MUST keep the bytes, {@code abort} MUST drop bytes and ref, also a held one's; both MUST be idempotent.
 * <li><b>I-8</b> {@code commit} MUST be durable when it answers a blob: data synced, renamed, folder synced. The digest was computed by
 *     core; the driver MUST check the size it holds and throw ConflictException on another. A blob that is there already MUST be answered
 *     and the ingest dropped. Empty means: call again. After the blob was answered, the ingest MUST be gone, and the same call once more
 *     MUST answer the blob.
 * <li><b>I-9</b> {@code ingests} and {@code status} MUST show unfinished writes only, in order of ref, strictly after {@code after}.
 * <li><b>I-10</b> An ingest MUST survive a restart of the driver, and, up to a smaller offset, a crash of the host.
 * </ul>
 *
 * <h2>Threads</h2> Calls for one key come one at a time but for {@code readIngest}; others concurrently. Threads are never interrupted.
 *
 * <h2>Example</h2> {@code begin(ref) → append(k,0,…) → (driver swapped) begin(ref, higher epoch) → append(k2,n,…) → commit(k2,d,size)}.
 */
@ConsumerType
public interface Ingester {
  /**
   * Takes the ref, or resumes it.
   *
   * @throws io.gantry.api.UnavailableException somebody of the same epoch holds it
   * @throws io.gantry.api.ConflictException a larger epoch holds it
   */
  IngestStatus begin(IngestSpec spec) throws IOException;

  Optional<IngestStatus> status(String ref) throws IOException;

  /** @param after the last ref of the page before, empty for the first */
  List<IngestStatus> ingests(String after, int max) throws IOException;

  /**
   * Appends bytes of {@code bytes}, advancing it, and answers the new offset (I-4).
   *
   * @throws io.gantry.api.ConflictException wrong offset or not the holder; nothing was changed
   * @throws io.gantry.api.ExhaustedException the disk is full; bytes so far stay
   */
  long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException;

  /** Reads what was appended (I-5). */
  int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException;

  void truncate(IngestKey key) throws IOException;

  void release(IngestKey key) throws IOException;

  void abort(String ref) throws IOException;

  /** Makes the bytes a blob (I-8). */
  Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException;
}
