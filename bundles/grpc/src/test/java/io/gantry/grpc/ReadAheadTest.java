package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gantry.api.Digest;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
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
  private Runnable inRead = () -> { };
  private final Random lengths = new Random(3);
  /** Where a read goes on that came back short; -1 after one that did not. */
  private long rest = -1;

  /** Reads short most of the time, as stores may; what makes up for that is counted with the read that was short. */
  private final Reader blob = new Reader() {
    @Override
    public long size() {
      return BLOB;
    }

    @Override
    public int read(long position, ByteBuffer into) {
      if (position != rest) reads++;
      int n = Math.min(into.remaining(), 1 + lengths.nextInt(PIECE));
      for (int i = 0; i < n; i++) into.put(value(position + i));
      bytes += n;
      rest = into.hasRemaining() ? position + n : -1;
      inRead.run();
      return n;
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

  private static byte value(long at) {
    return (byte) (at * 31 >> 8);
  }

  private Optional<ByteString> peek(String namespace, int offset, int size) {
    return ahead.peek(namespace, DIGEST.toString(), offset, size);
  }

  private void piece(String namespace, int offset, int size) throws IOException {
    ByteString p = peek(namespace, offset, size).orElse(null);
    if (p == null) p = ahead.begin(namespace, DIGEST.toString()).read(blob, offset, size);
    byte[] expected = new byte[size];
    for (int i = 0; i < size; i++) expected[i] = value(offset + (long) i);
    assertArrayEquals(expected, p.toByteArray(), "at " + offset);
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

  /** Reads on until there is a window from the third piece on. */
  private void readAhead() throws IOException {
    for (int at = 0; at < 3 * PIECE; at += PIECE) piece("a", at, PIECE);
  }

  @Test
  void whatWasRemovedIsNotAnswered() throws Exception {
    readAhead();
    assertTrue(peek("a", 3 * PIECE, PIECE).isPresent(), "so that this test sees something");
    ahead.forget("b", DIGEST);
    assertTrue(peek("a", 4 * PIECE, PIECE).isPresent(), "another namespace has it yet");
    ahead.forget("a", DIGEST);
    assertEquals(Optional.empty(), peek("a", 5 * PIECE, PIECE));
    readAhead();
    assertTrue(peek("a", 3 * PIECE, PIECE).isPresent());
    ahead.forgetAll();
    assertEquals(Optional.empty(), peek("a", 4 * PIECE, PIECE));
  }

  /** Whoever looked it up before it was removed reads it to the end, and nobody else does. */
  @Test
  void whatIsRemovedWhileItIsReadIsNotKept() throws Exception {
    for (Runnable removal : List.<Runnable>of(() -> ahead.forget("a", DIGEST), ahead::forgetAll)) {
      piece("a", 0, PIECE);
      inRead = removal;
      piece("a", PIECE, PIECE);
      inRead = () -> { };
      assertEquals(Optional.empty(), peek("a", 2 * PIECE, PIECE));
      piece("a", 0, PIECE);
      var before = ahead.begin("a", DIGEST.toString());
      removal.run();
      before.read(blob, PIECE, PIECE);
      assertEquals(Optional.empty(), peek("a", 2 * PIECE, PIECE));
    }
  }
}
