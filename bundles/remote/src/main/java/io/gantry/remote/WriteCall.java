package io.gantry.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.content.WriterSpec;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * One call of Write. A server answers each message with where it stands; a number of messages are on their way before the first answer must
 * be there, so that neither side waits for the other. After an error it is over, and holds the ref no more.
 */
final class WriteCall implements AutoCloseable {
  /** Messages on their way, each a megabyte at most. */
  private static final int WINDOW = 4;

  private static final long END_SECONDS = 10;
  private final Dialog<WriteContentRequest, WriteContentResponse> wire;
  private final String ref;
  private int pending;
  private WriteContentResponse last;
  private final WriteContentResponse first;

  private WriteCall(Dialog<WriteContentRequest, WriteContentResponse> wire, String ref) throws IOException {
    this.wire = wire;
    this.ref = ref;
    this.pending = 1;
    drain();
    this.first = last;
  }

  static WriteCall open(Link link, Scope scope, WriterSpec spec) throws IOException {
    var wire = link.dialog(scope, ContentGrpc.getWriteMethod());
    try {
      var stat = WriteContentRequest.newBuilder().setAction(WriteAction.STAT).setRef(spec.ref());
      spec.total().ifPresent(stat::setTotal);
      spec.expected().ifPresent(d -> stat.setExpected(d.toString()));
      wire.send(stat.build());
      return new WriteCall(wire, spec.ref());
    } catch (IOException | RuntimeException e) {
      wire.close();
      throw e;
    }
  }

  /** A message that shares the bytes, which were written out when {@link #send} of it returns. */
  static WriteContentRequest.Builder data(long offset, ByteBuffer bytes) {
    ByteString data = bytes.hasArray() // else they are copied piece by piece
        ? UnsafeByteOperations.unsafeWrap(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining())
        : UnsafeByteOperations.unsafeWrap(bytes);
    return WriteContentRequest.newBuilder().setAction(WriteAction.WRITE).setOffset(offset).setData(data);
  }

  /** Where the server stood at its last answer. */
  long offset() {
    return last.getOffset();
  }

  Instant started() {
    return Messages.time(first.getStartedAt());
  }

  Instant updated() {
    return Messages.time(first.getUpdatedAt());
  }

  /** Of all bytes, once nothing is on its way. */
  Digest digest() throws IOException {
    if (last.getDigest().isEmpty()) throw new IOException("write '" + ref + "': the server tells no digest");
    return Digest.parse(last.getDigest());
  }

  void send(WriteContentRequest.Builder message) throws IOException {
    while (pending >= WINDOW) take();
    wire.send(message.build());
    pending++;
  }

  /** Waits until all that was sent is answered. */
  void drain() throws IOException {
    while (pending > 0) take();
  }

  private void take() throws IOException {
    last = wire.next().orElseThrow(() -> new IOException("write '" + ref + "': the server ended it before its time"));
    pending--;
  }

  void commit(WriteContentRequest.Builder message) throws IOException {
    send(message);
    drain();
    end();
  }

  /** Waits until the server has given the ref free. */
  void end() throws IOException {
    wire.end(END_SECONDS);
  }

  @Override
  public void close() {
    wire.close();
  }
}
