package io.gantry.grpc;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages to a client, no faster than it takes them: a reader that stands still costs the messages on their way and a waiting virtual
 * thread.
 *
 * @param <T> the message
 */
final class Outflow<T> {
  /** What sends the messages; its thread is interrupted when the client goes away. */
  @FunctionalInterface
  interface Work<T> {
    void send(Outflow<T> out) throws IOException, InterruptedException;
  }

  private final ServerCallStreamObserver<T> out;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ready = lock.newCondition();
  private final AtomicReference<Runnable> end = new AtomicReference<>(() -> { });

  private Outflow(ServerCallStreamObserver<T> out) {
    this.out = out;
  }

  /** Runs the work on a thread of its own, within the call; at its end the stream ends. To be called before the call's method returns. */
  static <T> void start(StreamObserver<T> observer, String name, Work<T> work) {
    var call = (ServerCallStreamObserver<T>) observer;
    var flow = new Outflow<>(call);
    call.setOnReadyHandler(flow::wake);
    call.setOnCancelHandler(flow::gone); // else every message after the end would throw
    call.setOnCloseHandler(flow::gone);
    Thread.ofVirtual().name(name).start(Context.current().wrap(() -> flow.run(work)));
  }

  /**
   * The same for small messages, each of which takes more in memory than its bytes.
   *
   * @param threshold how many bytes of what was sent may be in memory when the next message is
   */
  static <T> void start(StreamObserver<T> observer, int threshold, String name, Work<T> work) {
    ((ServerCallStreamObserver<T>) observer).setOnReadyThreshold(threshold);
    start(observer, name, work);
  }

  private void run(Work<T> work) {
    try {
      Calls.interruptible(() -> {
        work.send(this);
        return null;
      });
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (!out.isCancelled()) out.onError(Statuses.of(e));
      return;
    } catch (Error e) { // of a bundle that is just replaced, or no memory: the client is not to wait without end
      if (!out.isCancelled()) out.onError(Statuses.of(new ExecutionException(e)));
      throw e;
    }
    if (!out.isCancelled()) out.onCompleted();
  }

  /**
   * Sends one, once the client has taken the ones before. The message was written out when this returns: its arrays may be used again.
   *
   * @throws io.grpc.StatusRuntimeException the client is gone
   */
  void send(T message) throws InterruptedException {
    await();
    out.onNext(message);
  }

  /**
   * Waits until the client has taken what was sent before, but for less than the call's threshold, 32 KiB by default.
   *
   * @throws io.grpc.StatusRuntimeException the client is gone
   */
  void await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!out.isReady() && !out.isCancelled()) ready.await();
    } finally {
      lock.unlock();
    }
    if (out.isCancelled()) throw Status.CANCELLED.asRuntimeException();
  }

  /** What is to be done, once or more often, when nothing that was sent is in memory any more: the client has it, or is gone. */
  void atEnd(Runnable work) {
    end.set(work);
    if (out.isCancelled()) work.run();
  }

  private void gone() {
    wake();
    end.get().run();
  }

  private void wake() {
    lock.lock();
    try {
      ready.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
