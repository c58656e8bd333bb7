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

  /** Fills from {@code position} on; the number of bytes, or -1 at the end. */
  int read(long position, ByteBuffer into) throws IOException;

  /** A stream over all of it, from {@code offset} on, that checks the digest at its end where offset is 0. */
  InputStream stream(long offset) throws IOException;
}
