package io.gantry.unpack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;

/** A share of the processors: held while a layer is worked on, given back while it waits for bytes of a slow registry. */
final class Slot implements AutoCloseable {
  private final Semaphore slots;
  private boolean held;

  Slot(Semaphore slots) {
    this.slots = slots;
    take();
  }

  /** A stream that gives the slot back where it would wait. */
  InputStream sharing(InputStream blob) {
    return new FilterInputStream(blob) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (in.available() > 0) return super.read(into, offset, length);
        Slot.this.close();
        try {
          return super.read(into, offset, length);
        } finally {
          take();
        }
      }
    };
  }

  private void take() {
    slots.acquireUninterruptibly();
    held = true;
  }

  @Override
  public void close() {
    if (held) slots.release();
    held = false;
  }
}
