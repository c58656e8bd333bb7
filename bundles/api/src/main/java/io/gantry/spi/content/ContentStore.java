package io.gantry.spi.content;

import io.gantry.api.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps finished blobs by digest. The same object implements {@link Ingester}.
 *
 * <h2>Words</h2>
 * A <em>blob</em> is bytes under their digest, finished and never changed. Labels, namespaces and references are core's: a store keeps
 * bytes alone.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>C-1</b> A blob MUST be found, listed and read from the moment its commit answered, and an unfinished write never.
 * <li><b>C-2</b> {@code read} MUST fill from {@code position} with at least one byte where there is one, answer the number of bytes, and -1
 *     at or after the end. It MUST NOT move anything else: reads of one blob come concurrently.
 * <li><b>C-3</b> {@code read} of an unknown digest MUST throw NotFoundException.
 * <li><b>C-4</b> {@code list} MUST give blobs in ascending order of digest, strictly after {@code after}, at most {@code max}; an empty
 *     page means the end. A blob that is there during the whole walk MUST be in it exactly once.
 * <li><b>C-5</b> {@code remove} MUST answer true when the blob is gone, also when it never was; false means: more to do, call again.
 * <li><b>C-6</b> A store MUST NOT keep in memory what it needs to be right: a new instance over the same folder goes on, and activation
 *     MUST NOT sweep anything.
 * <li><b>C-7</b> Names in the folder that are not its own MUST be passed over, and MUST NOT be an error.
 * </ul>
 *
 * <h2>Threads</h2> All calls come concurrently. Calling threads are never interrupted.
 *
 * <h2>Durability</h2> What {@link Ingester#commit} answered survives a power loss; what {@code remove} answered may come back.
 */
@ConsumerType
public interface ContentStore {
  /** The kind of these drivers. */
  String KIND = "content";

  /** @throws IOException the store cannot be read; never for an unknown digest */
  Optional<Blob> find(Digest digest) throws IOException;

  /**
   * A page of blobs (C-4).
   *
   * @param after the last digest of the page before, empty for the first
   * @param max at most so many; at least 1
   */
  List<Blob> list(Optional<Digest> after, int max) throws IOException;

  /**
   * Reads bytes into {@code into}, advancing it (C-2).
   *
   * @return the number of bytes, or -1 at the end
   * @throws io.gantry.api.NotFoundException no such blob
   */
  int read(Digest digest, long position, ByteBuffer into) throws IOException;

  /**
   * Removes a blob, if need be in slices (C-5).
   *
   * @return true when it is gone, false when there is more to do
   * @throws IOException the store cannot be written; the blob is there as before, or gone
   */
  boolean remove(Digest digest) throws IOException;
}
