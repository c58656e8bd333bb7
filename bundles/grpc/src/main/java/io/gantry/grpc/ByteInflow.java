package io.gantry.grpc;

import com.google.protobuf.ByteString;
import io.gantry.api.InvalidException;
import io.gantry.wire.transfertypes.Data;
import io.gantry.wire.transfertypes.WindowUpdate;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/** The bytes that a client sends: as many as it has credit for, which is renewed as they are read. A reader that stalls costs a window. */
final class ByteInflow extends InputStream {
  /** What a client may send ahead. */
  static final int WINDOW_BYTES = 256 << 10;

  private final NamedStream stream;
  private ByteString data = ByteString.EMPTY;
  private int at;
  private long credit;
  private boolean over;

  ByteInflow(NamedStream stream) {
    this.stream = stream;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    while (at == data.size() && !over) next();
    if (over) return -1;
    int n = Math.min(length, data.size() - at);
    data.copyTo(into, at, offset, n);
    at += n;
    return n;
  }

  private void next() throws IOException {
    try {
      if (credit <= WINDOW_BYTES / 2) {
        int more = (int) Math.min(WINDOW_BYTES, WINDOW_BYTES - credit);
        credit += more;
        stream.send(Anys.wire(WindowUpdate.newBuilder().setUpdate(more).build()));
      }
      var message = stream.receive();
      if (message.isEmpty()) {
        over = true;
        return;
      }
      data = Anys.read(message.get(), Data.getDefaultInstance()).orElseThrow(() -> new InvalidException("stream '" + stream.name()
          + "': came a '" + Anys.name(message.get()) + "', expected " + Data.getDescriptor().getFullName())).getData();
      at = 0;
      credit -= data.size();
      if (credit < 0) throw new InvalidException("stream '" + stream.name() + "': came " + -credit + " bytes more than there was room for");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while reading stream '" + stream.name() + "'").initCause(e);
    }
  }
}
