package io.gantry.service.content;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/** Reads a blob at any position; outlives a replacement of the driver. Any number of threads. */
@ProviderType
public interface Reader extends Closeable {
  long size();

  /**
   * Fills from {@code position} on; the number of bytes, or -1 at the end. Never past {@link #size}; the bytes are as the store has them,
   * not checked against the digest, which is that of all of them.
   */
  int read(long position, ByteBuffer into) throws IOException;

  /**
   * A stream from {@code offset} on. At its end it checks the size, and the digest where {@code offset} is 0: where that does not hold, the
   * last read is {@link io.gantry.api.CorruptException}. From another offset the bytes are not checked against the digest. One thread reads
   * it, any may close it; a read after that is an {@link IOException}, and never an end.
   */
  InputStream stream(long offset) throws IOException;
}
