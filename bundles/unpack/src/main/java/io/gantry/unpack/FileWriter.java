package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Io;
import io.gantry.spi.layer.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Writes the data of a file: a small one by one call, a large one in large pieces. */
final class FileWriter {
  private static final int SIZE = 1 << 18;
  private final byte[] buffer = new byte[SIZE];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(SIZE);

  /** @throws InvalidException there are fewer bytes than the entry says */
  void write(int fd, Entry e, InputStream data) throws IOException {
    for (long left = e.size(); left > 0; ) {
      int n = data.readNBytes(buffer, 0, (int) Math.min(left, SIZE));
      if (n == 0) throw new InvalidException("file '" + e.name() + "' has " + left + " bytes less than its " + e.size());
      direct.clear().put(buffer, 0, n).flip();
      long r = Io.write(fd, direct);
      if (r < 0) throw Problem.of("writing file", e.name(), new ErrnoException("write", (int) -r));
      left -= n;
    }
  }
}
