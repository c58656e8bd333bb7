package io.gantry.resolver.layout;

import io.gantry.api.UnavailableException;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Io;
import java.io.IOException;
import java.io.InputStream;

/** Bytes of an open file. The monitor keeps a read and the close apart: the kernel gives the number of a closed file to the next one. */
final class FileStream extends InputStream {
  private final Fd fd;
  private final String name;
  private final long size;
  private long at;
  private boolean closed;

  /** @param fd closed with the stream */
  FileStream(Fd fd, String name, long offset, long size) {
    this.fd = fd;
    this.name = name;
    this.at = offset;
    this.size = size;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] into, int offset, int length) throws IOException {
    if (closed) throw new IOException(name + ": the body is closed");
    if (length == 0) return 0;
    if (at >= size) return -1;
    long n = Io.pread(fd.raw(), into, offset, (int) Math.min(length, size - at), at);
    if (n < 0) throw new ErrnoException("read", (int) -n).as(name);
    if (n == 0) throw new UnavailableException(name + " ended after " + at + " of " + size + " bytes: somebody cut it off");
    at += n;
    return (int) n;
  }

  @Override
  public synchronized void close() {
    if (closed) return;
    closed = true;
    fd.close();
  }
}
