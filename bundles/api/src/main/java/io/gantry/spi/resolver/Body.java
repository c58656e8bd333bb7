package io.gantry.spi.resolver;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes on their way.
 *
 * @param stream the bytes from {@code offset} on; closing it cuts the connection
 * @param offset where the stream really starts; 0 where the other side cannot start in the middle, and core skips
 * @param source the host that sends, for progress and audit
 */
public record Body(InputStream stream, long offset, String source) implements Closeable {
  @Override
  public void close() throws IOException {
    stream.close();
  }
}
