package io.gantry.grpc;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's write, in lock-step: a message is asked for when the one before is written and answered, so that a fast client costs one
 * message. A client that goes away leaves a write that can be resumed. Calls come one at a time.
 */
final class WriteStream implements StreamObserver<WriteContentRequest> {
  private static final Logger log = LoggerFactory.getLogger(WriteStream.class);
  private final Contents contents;
  private final ServerCallStreamObserver<WriteContentResponse> out;
  private Scope scope;
  private String ref = "";
  private Writer writer;
  private Optional<Digest> expected = Optional.empty();
  private long total;
  private boolean ended;

  private WriteStream(Contents contents, ServerCallStreamObserver<WriteContentResponse> out) {
    this.contents = contents;
    this.out = out;
  }

  static WriteStream open(Contents contents, StreamObserver<WriteContentResponse> observer) {
    var out = (ServerCallStreamObserver<WriteContentResponse>) observer;
    out.disableAutoRequest();
    out.request(1);
    var write = new WriteStream(contents, out);
    out.setOnCloseHandler(write::close);
    return write;
  }

  @Override
  public void onNext(WriteContentRequest request) {
    if (ended) return;
    try {
      out.onNext(Calls.interruptible(() -> done(request)));
    } catch (IOException | InterruptedException | RuntimeException e) {
      end();
      if (!out.isCancelled()) out.onError(Statuses.of(e));
      return;
    }
    if (request.getAction() == WriteAction.COMMIT) {
      end();
      out.onCompleted();
    } else {
      out.request(1);
    }
  }

  /** As containerd: a total below zero counts in the first message alone, a digest in each. */
  private WriteContentResponse done(WriteContentRequest request) throws IOException {
    if (request.getTotal() > 0 || writer == null) total = request.getTotal();
    if (!request.getExpected().isEmpty()) expected = Optional.of(Digest.parse(request.getExpected()));
    if (writer == null) begin(request);
    else if (!request.getExpected().isEmpty()) writer.expect(expected.get());
    try {
      return answer(request);
    } catch (CorruptException e) { // the client's mistake, unless what is damaged is the record of the blob, which this tells
      contents.find(scope, expected.isPresent() ? expected.get() : writer.digest());
      throw mistaken(e.getMessage());
    }
  }

  private static StatusRuntimeException mistaken(String what) {
    return Statuses.error(Status.FAILED_PRECONDITION, "failed precondition", what);
  }

  private WriteContentResponse answer(WriteContentRequest request) throws IOException {
    return switch (request.getAction()) {
      case STAT -> stat();
      case WRITE -> {
        write(request);
        yield answer(WriteAction.WRITE).build();
      }
      case COMMIT -> {
        write(request);
        yield commit(request.getLabelsMap());
      }
      case UNRECOGNIZED -> throw Statuses.error(Status.INVALID_ARGUMENT, "invalid argument",
          "write content: action " + request.getActionValue() + " is none of STAT, WRITE and COMMIT");
    };
  }

  private void begin(WriteContentRequest request) throws IOException {
    if (request.getRef().isEmpty()) {
      throw Statuses.error(Status.INVALID_ARGUMENT, "invalid argument", "first message must have a reference");
    }
    scope = Calls.scope();
    ref = request.getRef();
    OptionalLong size = total > 0 ? OptionalLong.of(total) : OptionalLong.empty();
    try {
      writer = contents.writer(scope, new WriterSpec(ref, expected, size, Map.of()));
    } catch (CorruptException e) { // the blob is there with another size: its digest alone counts
      if (expected.isEmpty() || size.isEmpty()) throw e;
      writer = contents.writer(scope, new WriterSpec(ref, expected, OptionalLong.empty(), Map.of()));
    }
  }

  private void write(WriteContentRequest request) throws IOException {
    long at = writer.status().offset();
    if (request.getOffset() == 0 && at > 0) {
      writer.truncate();
    } else if (request.getOffset() != at) {
      throw Statuses.error(Status.OUT_OF_RANGE, "out of range",
          "write @" + request.getOffset() + " must occur at current offset " + at);
    }
    if (!request.getData().isEmpty()) for (var part : request.getData().asReadOnlyByteBufferList()) writer.write(part);
  }

  private WriteContentResponse commit(Map<String, String> labels) throws IOException {
    Digest digest = expected.isPresent() ? expected.get() : writer.digest();
    long offset = writer.status().offset();
    if (total < 0) {
      drop();
      throw mistaken("write '" + ref + "' has the wrong size: expected " + total + " bytes, found " + offset + " bytes");
    }
    if ((total == 0 || total == offset) && digest.equals(writer.digest())) writer.expect(digest); // one that came meanwhile, too
    var answer = answer(WriteAction.COMMIT).setDigest(digest.toString());
    writer.commit(digest, total > 0 ? total : -1, labels);
    return answer.build();
  }

  /** No later write is to go on from bytes that were refused. */
  private void drop() throws IOException {
    writer.close();
    try {
      contents.abort(scope, ref);
    } catch (NotFoundException | ConflictException e) {
      log.debug("write '{}' is gone already", ref, e);
    }
  }

  private WriteContentResponse stat() throws IOException {
    var status = writer.status();
    return answer(WriteAction.STAT).setTotal(status.total().orElse(total)).setStartedAt(Times.of(status.started()))
        .setUpdatedAt(Times.of(status.updated())).build();
  }

  private WriteContentResponse.Builder answer(WriteAction action) throws IOException {
    return WriteContentResponse.newBuilder().setAction(action).setOffset(writer.status().offset()).setDigest(writer.digest().toString());
  }

  /** The call is over, also by an Error that nobody here has caught. */
  private void close() {
    if (!ended) end();
  }

  @Override
  public void onError(Throwable gone) {
    end();
  }

  @Override
  public void onCompleted() {
    if (ended) return;
    end();
    out.onCompleted();
  }

  /** Gives the ref free; bytes that are no blob yet stay for whoever writes it next. */
  private void end() {
    ended = true;
    if (writer == null) return;
    try {
      writer.close();
    } catch (IOException e) {
      log.warn("a write could not be given free; it is when its driver answers again", e);
    }
  }
}
