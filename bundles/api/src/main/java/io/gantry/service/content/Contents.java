package io.gantry.service.content;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.record.Damaged;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Bytes by digest, as a namespace sees them. Unfinished writes ({@link Status}) and finished blobs ({@link Info}) are two disjoint worlds.
 *
 * <p>What is checked here, whatever a driver says: a commit checks size and digest of all bytes that were written; a stream over a whole
 * blob ({@link Reader#stream} from 0, {@link #read}, {@link #tail}) checks them again and gives its end only where they hold. So bytes
 * before that end are not proven yet: who acts on them undoes it where the stream fails. Reads of a part ({@link Reader#read}, a stream
 * from elsewhere) are bounded by the blob's size and have no digest to be checked against.
 *
 * <p>A blob that nothing refers to goes by the garbage collection ({@link io.gantry.service.gc.Collector}). What a write makes, or tells to
 * be there, the scope's lease holds; without one it is held for a time all the same, so that the next call finds it. That is so whichever
 * way it tells: by an answer, or by {@link io.gantry.api.AlreadyExistsException}, which is thrown when the blob is held. Where a collection
 * takes the blob before, the write goes on. An unfinished write goes a day after its last byte, but not as long as a lease holds it: the
 * one of the scope it was opened in holds it until it is a blob, or thrown away in a scope of that lease.
 *
 * <p>Bytes are in a store, a content driver by name. Writes begin in the one that is configured; a blob's record names the one that has its
 * bytes. So a blob of a store that was configured before is read from there. Where that store's driver is away, reads are {@link
 * io.gantry.api.UnavailableException}, or {@link io.gantry.api.NotFoundException} where none of its name is known; {@link #find}, {@link
 * #info}, {@link #list} and the labels are of the record and need no store.
 *
 * <p>{@link #writer} and {@link #put} look for the expected digest in the configured store alone. A blob that only a former store has is so
 * brought again; its commit has the record name the configured store, adds its labels, and leaves the creation time. The bytes in the
 * former store go with a garbage collection, once no namespace has a record that names them there ({@link #reclaim}). {@link Writer#expect}
 * brings nothing again: it asks the store that the record names. Unfinished writes of former stores whose drivers are there are among
 * {@link #status}, {@link #writes} and {@link #writing}, where the configured store has none of that ref, and {@link #abort} throws them
 * away; nobody goes on with them: a writer of the same ref begins anew in the configured store.
 */
@ProviderType
public interface Contents {
  /**
   * Opens a write, or resumes it: the offset in its status is where to go on.
   *
   * @throws io.gantry.api.AlreadyExistsException the expected digest is there, and held
   * @throws io.gantry.api.CorruptException the expected digest is there with another size than the total
   * @throws io.gantry.api.NotFoundException the scope names a lease that is not there
   * @throws io.gantry.api.UnavailableException somebody else holds the ref
   */
  Writer writer(Scope scope, WriterSpec spec) throws IOException;

  /**
   * Copies a source to a writer from where it stands, opening the source again at the offset after a break, until {@code total} bytes are
   * there or the source ends; the ways to resume are the source's.
   */
  void write(Writer writer, Source source) throws IOException;

  /** Writes small bytes in one go; success when they are there. */
  Info put(Scope scope, WriterSpec spec, byte[] bytes) throws IOException;

  /**
   * What is recorded of a blob.
   *
   * @throws io.gantry.api.CorruptException the record is damaged; {@link #remove} takes it away
   * @throws io.gantry.api.NotFoundException not in this namespace
   */
  Info info(Scope scope, Digest digest) throws IOException;

  /** @throws io.gantry.api.CorruptException the record is damaged; {@link #remove} takes it away */
  Optional<Info> find(Scope scope, Digest digest) throws IOException;

  /**
   * What {@link #info} would give, where that is known without waiting ({@link io.gantry.service.record.Table#recent}); empty where only
   * {@link #info} can tell.
   */
  Optional<Info> recent(Scope scope, Digest digest);

  /** A page in order of digest; empty behind the last. */
  List<Info> list(Scope scope, Optional<Digest> after, int max) throws IOException;

  /** Those that {@link #list} leaves out, by their digests, since they cannot be read; none of another manager, whose log tells. */
  default List<Damaged> damaged(Scope scope) throws IOException {
    return List.of();
  }

  /** Changes labels: an empty value removes. */
  Info label(Scope scope, Digest digest, Map<String, String> changes) throws IOException;

  /** Puts these labels in the place of all that are there. */
  Info relabel(Scope scope, Digest digest, Map<String, String> labels) throws IOException;

  Reader reader(Scope scope, Digest digest) throws IOException;

  /**
   * Reads a document whole, checked against its digest.
   *
   * @throws io.gantry.api.ExhaustedException it is larger than {@code max} bytes
   */
  byte[] read(Scope scope, Digest digest, int max) throws IOException;

  /**
   * Takes the blob out of this namespace, also one whose record is damaged; its bytes go with the next garbage collection.
   *
   * @throws io.gantry.api.NotFoundException not in this namespace
   */
  void remove(Scope scope, Digest digest) throws IOException;

  Optional<Status> status(Scope scope, String ref) throws IOException;

  /** Running writes, a page in order of ref. */
  List<Status> writes(Scope scope, String after, int max) throws IOException;

  /**
   * Throws the bytes of a write away; who follows it is told at once.
   *
   * @throws io.gantry.api.ConflictException its writer is at work
   * @throws io.gantry.api.NotFoundException there is no such write
   */
  void abort(Scope scope, String ref) throws IOException;

  /**
   * The same, of a write that is at work too: it is taken from its writer between two calls, each of which is {@link
   * io.gantry.api.ConflictException} from then on, but for its close. The ref is free at once. Waits for the call that its writer is in.
   *
   * @throws io.gantry.api.ConflictException its writer is just being opened; to be tried again
   * @throws io.gantry.api.NotFoundException there is no such write, or it was committed first
   */
  void revoke(Scope scope, String ref) throws IOException;

  /**
   * A stream over a write that still grows: waits at its present end, and ends when the blob was committed. Blocks; closing it from
   * another thread ends it, with an {@link IOException} for its reader. Where the blob is there already, reads that. Its reads are {@link
   * io.gantry.api.UnavailableException} when the write was truncated or aborted, or stood still for too long; a write that is begun anew
   * can be followed anew. Its end is given only where all its bytes have the digest, else {@link io.gantry.api.CorruptException}.
   *
   * @param stalled how long to wait for the next byte
   */
  InputStream tail(Scope scope, String ref, Digest digest, java.time.Duration stalled) throws IOException;
}
