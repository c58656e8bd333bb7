package io.gantry.remote;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call in which both sides send messages; one thread at a time. After an error it is over.
 *
 * @param <Q> what goes
 * @param <A> what comes
 */
final class Dialog<Q, A> implements AutoCloseable {
  private final BlockingClientCall<Q, A> call;
  private final Faults faults;

  Dialog(BlockingClientCall<Q, A> call, Faults faults) {
    this.call = call;
    this.faults = faults;
  }

  /**
   * Sends one, and waits while the transport has enough to do. Once an answer came, the message's bytes are written out when this returns.
   *
   * @throws IOException the error that the server ended the call with
   */
  void send(Q message) throws IOException {
    try {
      if (call.write(message)) return;
      while (call.read() != null) continue; // what came before the end
    } catch (StatusException e) {
      throw faults.of(e.getStatus(), e);
    } catch (InterruptedException e) {
      throw gaveUp(e);
    }
    throw new IOException("the server ended the call before its time");
  }

  /** The next one; empty at the end. */
  Optional<A> next() throws IOException {
    try {
      return Optional.ofNullable(call.read());
    } catch (StatusException e) {
      throw faults.of(e.getStatus(), e);
    } catch (InterruptedException e) {
      throw gaveUp(e);
    }
  }

  /** Sends no more, and waits for the server's end of it; after {@code seconds} goes without. */
  void end(long seconds) throws IOException {
    call.halfClose();
    try {
      while (call.read(seconds, TimeUnit.SECONDS) != null) continue; // answers that nobody waits for
    } catch (StatusException e) {
      throw faults.of(e.getStatus(), e);
    } catch (TimeoutException e) {
      call.cancel("the server does not end it", e);
    } catch (InterruptedException e) {
      throw gaveUp(e);
    }
  }

  private IOException gaveUp(InterruptedException e) {
    call.cancel("interrupted", e);
    return faults.interrupted(e);
  }

  /** Ends it at once; idempotent. */
  @Override
  public void close() {
    call.cancel("no more is wanted", null);
  }
}
