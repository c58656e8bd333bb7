package io.gantry.service.content;

import io.gantry.api.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Writes one ref, which nobody else can write meanwhile. It outlives a replacement of the driver: the next call waits for the successor
 * and goes on where the bytes end. One thread at a time. Where
 * the write is taken away ({@link Contents#revoke}), each call but {@link #close} is {@link io.gantry.api.ConflictException}.
 */
@ProviderType
public interface Writer extends Closeable {
  /** Where the write stands; {@code offset} is where the next byte goes. */
  Status status() throws IOException;

  /**
   * Appends all of {@code bytes}.
   *
   * @throws io.gantry.api.CorruptException more bytes than the total; what was written is thrown away
   * @throws io.gantry.api.ConflictException after a crash of the host fewer bytes are kept than were written: look at {@link #status}
   */
  void write(ByteBuffer bytes) throws IOException;

  /** Drops all bytes, keeps the ref. */
  void truncate() throws IOException;

  /** Digest of the bytes so far. */
  Digest digest() throws IOException;

  /**
   * Says which digest the bytes will have, where that became known late. Where the namespace has that blob, it is held ({@link Contents}),
   * and the write is thrown away and closed.
   *
   * @throws io.gantry.api.AlreadyExistsException the namespace has that blob
   */
  void expect(Digest digest) throws IOException;

  /**
   * Makes the bytes a blob, durable when it answers, and closes. A blob that is there already is success; it is held as one that is made.
   *
   * @param expected digest it must have
   * @param size bytes it must have; -1 for any
   * @throws io.gantry.api.CorruptException digest or size differ; the bytes are thrown away
   */
  default Info commit(Digest expected, long size) throws IOException {
    return commit(expected, size, Map.of());
  }

  /** The same, with labels of the blob besides those that the write was opened with. */
  Info commit(Digest expected, long size, Map<String, String> labels) throws IOException;

  /** Gives the ref free and keeps the bytes for whoever opens it next. Idempotent. */
  @Override
  void close() throws IOException;
}
