package io.gantry.unpack;

import io.gantry.service.content.Writer;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One try's bytes of a blob, in large pieces. The writer's monitor is held while a piece is written, and while it is seen whether the try
 * is still wanted, so that of two tries that are at work, the older writes nothing once the newer has begun.
 */
final class BlobBytes extends HashedBytes {
  private final Writer to;
  private final TreeDiff.Pulse wanted;
  private final ByteBuffer piece = ByteBuffer.allocate(1 << 20);

  /** @param wanted throws where the try is not wanted any more */
  BlobBytes(Writer to, TreeDiff.Pulse wanted) {
    this.to = to;
    this.wanted = wanted;
  }

  /** Drops what an earlier try has written. What is in the buffer stays. */
  void begin() throws IOException {
    synchronized (to) {
      wanted.beat();
      if (to.status().offset() > 0) to.truncate();
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    super.write(bytes, offset, count);
    for (int done = 0; done < count; ) {
      if (!piece.hasRemaining()) flush();
      int n = Math.min(count - done, piece.remaining());
      piece.put(bytes, offset + done, n);
      done += n;
    }
  }

  @Override
  public void flush() throws IOException {
    if (piece.position() == 0) return;
    synchronized (to) {
      wanted.beat();
      to.write(piece.flip());
    }
    piece.clear();
  }
}
