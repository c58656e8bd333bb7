package io.gantry.spi.resolver;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes on their way. Belongs to the caller of {@code open}, who reads it on one thread and closes it once, whatever came of it.
 *
 * @param stream the bytes from {@code offset} on, as many as the other side sends; not buffered and without {@code mark}. A close comes
 *     from any thread, cuts the connection where bytes are left, and ends a read that waits
 * @param offset where the stream really starts; 0 where the other side cannot start in the middle, and core skips
 * @param source the host that sends, for progress and audit
 */
public record Body(InputStream stream, long offset, String source) implements Closeable {
  @Override
  public void close() throws IOException {
    stream.close();
  }
}
