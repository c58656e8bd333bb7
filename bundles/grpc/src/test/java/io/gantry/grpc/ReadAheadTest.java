package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gantry.api.Digest;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How much is read of the store. */
class ReadAheadTest {
  private static final Digest DIGEST = Digest.parse("sha256:" + "0".repeat(64));
  private static final int PIECE = 32 << 10;
  private static final int BLOB = 4 << 20;
  private final ReadAhead ahead = new ReadAhead();
  private int reads;
  private long bytes;

  private final Reader blob = new Reader() {
    @Override
    public long size() {
      return BLOB;
    }

    @Override
    public int read(long position, ByteBuffer into) {
      reads++;
      bytes += into.remaining();
      for (long at = position; into.hasRemaining(); at++) into.put((byte) (at * 31 >> 8));
      return 1 << 30;
    }

    @Override
    public InputStream stream(long offset) {
      throw new UnsupportedOperationException("not read as a stream");
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  };

  private void piece(String namespace, int offset, int size) throws IOException {
    ByteString p = ahead.peek(namespace, DIGEST.toString(), offset, size).orElse(null);
    if (p == null) p = ahead.read(namespace, blob, DIGEST, offset, size);
    assertEquals(size, p.size());
    assertEquals((byte) ((long) offset * 31 >> 8), p.byteAt(0));
    assertEquals((byte) ((offset + size - 1L) * 31 >> 8), p.byteAt(size - 1));
  }

  @Test
  void whoReadsOnAsksTheStoreSeldom() throws Exception {
    for (int at = 0; at < BLOB; at += PIECE) piece("a", at, PIECE);
    assertTrue(reads <= BLOB / ReadAhead.WINDOW_BYTES + 1, "it was asked " + reads + " times");
    assertEquals(BLOB, bytes);
  }

  @Test
  void twoOfOneBlobAreNotInEachOthersWay() throws Exception {
    int behind = 10 * PIECE;
    for (int at = 0; at < BLOB; at += PIECE) {
      piece("a", at, PIECE);
      if (at >= behind) piece("a", at - behind, PIECE);
    }
    assertTrue(bytes <= 2L * BLOB, bytes + " bytes were read");
  }

  @Test
  void whoReadsHereAndThereIsReadNothingAheadFor() throws Exception {
    var random = new Random(1);
    for (int i = 0; i < 200; i++) piece("a", 1 + 2 * random.nextInt(BLOB / 2 - PIECE), 1000);
    assertEquals(200, reads);
    assertEquals(200_000, bytes);
  }

  @Test
  void manyAtOnceReadNoMoreThanTheyAskFor() throws Exception {
    for (int at = 0; at < BLOB; at += PIECE) for (int i = 0; i < 100; i++) piece("n" + i, at, PIECE);
    assertTrue(bytes <= 101L * BLOB, bytes + " bytes were read for " + 100L * BLOB);
  }
}
