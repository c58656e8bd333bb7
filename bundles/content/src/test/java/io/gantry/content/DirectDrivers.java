package io.gantry.content;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.content.local.LocalComponent;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.content.ContentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Lends one real store, replaces it by a new instance over the same folder, and can give a call up as a fence does. */
final class DirectDrivers extends LentDrivers implements Closeable {
  private static final DriverRef STORE = new DriverRef(ContentStore.KIND, "local");
  private final Components parts;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock(true);
  private final AtomicReference<GivenUp> giveUp = new AtomicReference<>();
  final AtomicInteger calls = new AtomicInteger();

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
    parts = new Components(root, this);
    open();
  }

  private void open() throws IOException {
    open(STORE.name());
  }

  /** A store of another name beside it, or of the same in its place. */
  void open(String name) throws IOException {
    parts.driver(LocalComponent.class, STORE.kind(), name, Map.of("sync.megabytes", 8));
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
      open();
    } finally {
      use.writeLock().unlock();
    }
  }

  /** A new instance beside the old one, whose given-up call still runs; the old one is closed with the rest. */
  void swapByForce() throws IOException {
    take(STORE);
    open();
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    calls.incrementAndGet();
    use.readLock().lock();
    try {
      Borrowed<D> borrowed = borrowed(type, ref);
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
  public void close() throws IOException {
    parts.close();
  }
}
