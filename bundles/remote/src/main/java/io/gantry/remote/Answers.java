package io.gantry.remote;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.util.Optional;

/**
 * A stream of answers, taken by one thread, which waits for the next. One is on its way while another is looked at.
 *
 * @param <A> the answer
 */
final class Answers<A> implements AutoCloseable {
  private final BlockingClientCall<?, A> call;
  private final Faults faults;

  Answers(BlockingClientCall<?, A> call, Faults faults) {
    this.call = call;
    this.faults = faults;
  }

  /** The next one; empty at the end. @throws IOException the error that the server ended it with */
  Optional<A> next() throws IOException {
    try {
      return Optional.ofNullable(call.read());
    } catch (StatusException e) {
      throw faults.of(e.getStatus(), e);
    } catch (InterruptedException e) {
      call.cancel("interrupted", e);
      throw faults.interrupted(e);
    }
  }

  /** Ends it, from any thread; nothing more comes. Idempotent. */
  @Override
  public void close() {
    call.cancel("no more is wanted", null);
  }
}
