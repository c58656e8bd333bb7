package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Io;
import io.gantry.spi.layer.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes the data of a file: a small one by one call, a large one in large pieces. Pieces of zeros are left out as holes, so that a file
 * that was sparse before it was packed is sparse again.
 */
final class FileWriter {
  private static final int SIZE = 1 << 18;
  private static final byte[] ZEROS = new byte[SIZE];
  private final byte[] buffer = new byte[SIZE];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(SIZE);

  /** @throws InvalidException there are fewer bytes than the entry says */
  void write(int fd, Entry e, InputStream data) throws IOException {
    boolean hole = false;
    for (long left = e.size(); left > 0; ) {
      int n = data.readNBytes(buffer, 0, (int) Math.min(left, SIZE));
      if (n == 0) throw new InvalidException("file '" + e.name() + "' has " + left + " bytes less than its " + e.size());
      left -= n;
      hole = n == SIZE && buffer[0] == 0 && Arrays.equals(buffer, ZEROS);
      check(e, hole ? Io.seek(fd, e.size() - left, Io.SEEK_SET) : write(fd, n));
    }
    if (hole) check(e, Io.truncate(fd, e.size()));
  }

  private long write(int fd, int count) {
    direct.clear().put(buffer, 0, count).flip();
    return Io.write(fd, direct);
  }

  private static void check(Entry e, long result) throws IOException {
    if (result < 0) throw Problem.of("writing file", e.name(), new ErrnoException("write", (int) -result));
  }
}
