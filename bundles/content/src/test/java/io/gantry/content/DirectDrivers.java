package io.gantry.content;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.content.local.Opened;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import io.gantry.spi.content.ContentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Lends one real store, replaces it by a new instance over the same folder, and can give a call up as a fence does. */
final class DirectDrivers implements Drivers, Closeable {
  private final Path root;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock(true);
  private final AtomicReference<GivenUp> giveUp = new AtomicReference<>();
  final AtomicInteger calls = new AtomicInteger();
  private ContentStore store;
  private long epoch = 1;

  /** A call whose caller is told "unavailable" at once, and that goes on when it is let. */
  static final class GivenUp {
    final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Replacement then;

    GivenUp(Replacement then) {
      this.then = then;
    }

    void letGo() throws InterruptedException {
      go.countDown();
      done.await();
    }
  }

  DirectDrivers(Path root) throws IOException {
    this.root = root;
    this.store = Opened.over(root);
  }

  /** The next call is given up. */
  GivenUp giveUpNext() {
    return giveUpNext(() -> {});
  }

  /** The next call is given up, and this happens before its caller is told. */
  GivenUp giveUpNext(Replacement then) {
    var call = new GivenUp(then);
    giveUp.set(call);
    return call;
  }

  /** What a fence is for. */
  @FunctionalInterface
  interface Replacement {
    void replace() throws IOException;
  }

  /** A new instance, when all calls have ended. */
  void swap() throws IOException {
    use.writeLock().lock();
    try {
      ((Closeable) store).close();
      store = Opened.over(root);
      epoch++;
    } finally {
      use.writeLock().unlock();
    }
  }

  /** A new instance beside the old one, whose given-up call still runs. */
  void swapByForce() throws IOException {
    store = Opened.over(root);
    epoch++;
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    calls.incrementAndGet();
    use.readLock().lock();
    try {
      var borrowed = new Borrowed<>(type.cast(store), epoch, "io.gantry.content.local", "1");
      GivenUp late = giveUp.getAndSet(null);
      if (late == null) return call.with(borrowed);
      Thread.ofVirtual().start(() -> {
        try {
          late.go.await();
          call.with(borrowed);
        } catch (IOException | InterruptedException e) {
          // nobody is told any more
        } finally {
          late.done.countDown();
        }
      });
      late.then.replace();
      throw new UnavailableException("given up at the fence");
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) {
    throw new IllegalStateException("content borrows for short calls only");
  }

  @Override
  public <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) {
    throw new IllegalStateException("content borrows one driver");
  }

  @Override
  public List<DriverRef> of(String kind) {
    return List.of(new DriverRef(kind, "local"));
  }

  @Override
  public String property(DriverRef ref, String key) {
    return "";
  }

  @Override
  public List<DriverState> list() {
    return List.of();
  }

  @Override
  public void expect(DriverRef ref, String pid, Optional<String> location) {
    throw new IllegalStateException("content configures nothing");
  }

  @Override
  public void remark(DriverRef ref, String text) {
    throw new IllegalStateException("content configures nothing");
  }

  @Override
  public void forget(DriverRef ref) {
    throw new IllegalStateException("content configures nothing");
  }

  @Override
  public Promotion promote(DriverRef ref, long bundleId) {
    throw new IllegalStateException("content promotes nothing");
  }

  @Override
  public void close() throws IOException {
    ((Closeable) store).close();
  }
}
