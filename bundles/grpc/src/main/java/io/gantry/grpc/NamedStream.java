package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.UnavailableException;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Messages both ways over a call that a client made for a transfer. Each side sends no faster than the other takes: a message is asked for
 * when the one before was received. Thread-safe; the lock guards all fields and is held while the transport takes a message, which does not
 * block.
 */
final class NamedStream implements AutoCloseable {
  private final String name;
  private final ServerCallStreamObserver<Any> out;
  private final FlowBudget.Share share;
  private final Consumer<NamedStream> end;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Any came;
  private boolean taken;
  private boolean over; // the client sends no more
  private boolean gone;
  private boolean ended; // by us

  /**
   * @param out asks for messages by hand
   * @param share of bytes that are sent, closed with the call
   * @param end told, perhaps again, when it is over for whatever reason
   */
  NamedStream(String name, ServerCallStreamObserver<Any> out, FlowBudget.Share share, Consumer<NamedStream> end) {
    this.name = name;
    this.out = out;
    this.share = share;
    this.end = end;
  }

  String name() {
    return name;
  }

  /** Takes it for a transfer, of which there is at most one. From now on messages are asked for: one before would only take memory. */
  boolean take() {
    return locked(() -> {
      boolean first = !taken;
      taken = true;
      if (first && !gone && !ended) out.request(1);
      return first;
    });
  }

  /** Whether it is taken, or over, within that time. */
  boolean awaitTaken(Duration time) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = time.toNanos();
      while (!taken && !gone && !ended && left > 0) left = changed.awaitNanos(left);
      return taken || gone || ended;
    } finally {
      lock.unlock();
    }
  }

  /** Tells the client that it is open. */
  void opened() {
    locked(() -> {
      out.onNext(Anys.wire(Empty.getDefaultInstance()));
      return true;
    });
  }

  /** Of the transport: a message, the client's end, its disappearance, room for messages to it. */
  void came(Any message) {
    locked(() -> came = message);
  }

  void over() {
    locked(() -> over = true);
  }

  void gone() {
    locked(() -> gone = true);
    share.close();
    end.accept(this);
  }

  void ready() {
    locked(() -> true);
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      T answer = work.get();
      changed.signalAll();
      return answer;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next message; blocks until there is one.
   *
   * @return empty where the client sends no more
   * @throws UnavailableException the client ended the stream otherwise
   */
  Optional<Any> receive() throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (came == null && !over && !gone && !ended) changed.await();
      return poll();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #receive}, of what is there already. */
  Optional<Any> poll() throws IOException {
    lock.lock();
    try {
      if (gone || ended) throw left();
      Optional<Any> message = Optional.ofNullable(came);
      came = null;
      if (message.isPresent()) out.request(1);
      return message;
    } finally {
      lock.unlock();
    }
  }

  /**
   * How many bytes the next message may have; blocks until the client has taken the ones before.
   *
   * @param left what there is to be sent, more than 0
   * @throws UnavailableException the client ended the stream
   */
  int room(int left) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!out.isReady() && !gone && !ended) changed.await();
      if (gone || ended) throw left();
    } finally {
      lock.unlock();
    }
    return share.next(left);
  }

  /**
   * Sends a message when the client has taken the ones before; blocks until then.
   *
   * @throws UnavailableException the client ended the stream
   */
  void send(Any message) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!out.isReady() && !gone && !ended) changed.await();
      if (gone || ended) throw left();
      out.onNext(message);
    } finally {
      lock.unlock();
    }
  }

  private UnavailableException left() {
    return new UnavailableException("stream '" + name + "': the client ended it");
  }

  /** Ends it rightly: all that was to be sent was sent. Again is no error. */
  @Override
  public void close() {
    end(out::onCompleted);
  }

  /** Ends it by an error, so that the client does not take for whole what it has. */
  void fail(Exception why) {
    end(() -> out.onError(Statuses.of(why)));
  }

  private void end(Runnable how) {
    locked(() -> {
      if (!gone && !ended) how.run();
      return ended = true;
    });
    end.accept(this);
  }
}
