package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.wire.transfertypes.Data;
import io.gantry.wire.transfertypes.WindowUpdate;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Bytes to a client, as many as it gives credit for. A client that stalls costs one message, of the size that {@link FlowBudget} has for
 * it.
 */
final class ByteOutflow extends OutputStream {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int GATHERED_BYTES = 32 << 10;

  private final NamedStream stream;
  private final byte[] gathered = new byte[GATHERED_BYTES];
  private int held;
  private long credit;

  ByteOutflow(NamedStream stream) {
    this.stream = stream;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /** Small pieces, such as the headers of a tar, go together. */
  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (held + length <= gathered.length) {
      System.arraycopy(bytes, offset, gathered, held, length);
      held += length;
      return;
    }
    flush();
    if (length < gathered.length) write(bytes, offset, length);
    else send(bytes, offset, length);
  }

  @Override
  public void flush() throws IOException {
    int n = held;
    held = 0;
    send(gathered, 0, n);
  }

  private void send(byte[] bytes, int offset, int length) throws IOException {
    try {
      for (int at = offset; at < offset + length; ) {
        credit();
        int n = stream.room((int) Math.min(credit, Math.min(CHUNK_BYTES, offset + length - at)));
        stream.send(Anys.wire(Data.newBuilder().setData(ByteString.copyFrom(bytes, at, n)).build()));
        credit -= n;
        at += n;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while writing stream '" + stream.name() + "'").initCause(e);
    }
  }

  /** Takes what was given meanwhile; waits where nothing is left. */
  private void credit() throws IOException, InterruptedException {
    for (Optional<Any> came = stream.poll(); came.isPresent(); came = stream.poll()) add(came.get());
    while (credit == 0) {
      add(stream.receive().orElseThrow(() -> new UnavailableException("stream '" + stream.name()
          + "': the client ended its side, and gives no credit for the bytes that are left")));
    }
  }

  private void add(Any message) throws InvalidException {
    int update = Anys.read(message, WindowUpdate.getDefaultInstance()).orElseThrow(() -> new InvalidException("stream '" + stream.name()
        + "': came a '" + Anys.name(message) + "', expected " + WindowUpdate.getDescriptor().getFullName())).getUpdate();
    if (update <= 0) throw new InvalidException("stream '" + stream.name() + "': a window update of " + update + ", expected more than 0");
    credit += update;
  }
}
