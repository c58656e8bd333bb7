package io.gantry.transfer;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.content.local.LocalComponent;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LentDrivers;
import io.gantry.resolver.docker.DockerResolver;
import io.gantry.resolver.docker.HostsConfig;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Loan;
import io.gantry.spi.content.ContentStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Lends a real store and a real resolver as swap does: on threads of its own, never interrupted; a call of the store ends with the scope's
 * time; a resolver that goes asks its calls back.
 */
final class TestDrivers extends LentDrivers implements Closeable {
  /** One instance of the resolver with its calls. */
  private static final class Live {
    final DockerResolver resolver = new DockerResolver(HostsConfig.none());
    final Phaser calls = new Phaser(1);
    volatile boolean goes;
  }

  /** So many times a call looks whether it is asked back before it has begun in earnest. */
  private static final int SOME = 4;
  private static final DriverRef STORE = new DriverRef(ContentStore.KIND, "local");
  private final Components parts;
  private final ReentrantReadWriteLock storeInUse = new ReentrantReadWriteLock(true);
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  final AtomicInteger cuts = new AtomicInteger();
  private volatile int wanted;
  private volatile Live live = new Live();
  private volatile long epoch = 1;

  TestDrivers(Path root) throws IOException {
    parts = new Components(root, this);
    openStore();
  }

  Components parts() {
    return parts;
  }

  private void openStore() throws IOException {
    parts.driver(LocalComponent.class, STORE.kind(), STORE.name(), Map.of("sync.megabytes", 8));
  }

  /** Another instance of the store, once all short calls have ended. */
  void swapStore() throws IOException {
    storeInUse.writeLock().lock();
    try {
      openStore();
    } finally {
      storeInUse.writeLock().unlock();
    }
  }

  /** Another instance of the resolver; the old one is asked back, and closed when its calls have ended. */
  void swapResolver() {
    Live old = live;
    live = new Live();
    epoch++;
    old.goes = true;
    old.calls.arriveAndAwaitAdvance();
    old.resolver.close();
  }

  /** From now on calls go on to their ends only when so many were asked back in their midst; somebody swaps until then. */
  void awaitCuts(int n) {
    wanted = n;
  }

  /** Threads that are in a driver. */
  Set<Thread> busy() {
    return Set.copyOf(threads);
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    return onThread(scope.deadline(), () -> {
      storeInUse.readLock().lock();
      try {
        return call.with(borrowed(type, ref));
      } finally {
        storeInUse.readLock().unlock();
      }
    });
  }

  /** Runs what fails after a cut again, and the third time uncut. */
  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
    for (int tries = 0; ; tries++) {
      Live mine = live;
      boolean cuttable = tries < 2;
      try {
        return onThread(Instant.MAX, () -> once(type, mine, cuttable, call));
      } catch (IOException e) {
        if (!cuttable || !mine.goes || e instanceof InterruptedIOException) throw e;
      }
    }
  }

  private <D, R> R once(Class<D> type, Live mine, boolean cuttable, LongCall<D, R> call) throws IOException {
    mine.calls.register();
    try {
      return call.with(new Borrowed<>(type.cast(mine.resolver), epoch, "io.gantry.resolver.docker", "1"), new Loan() {
        private int looks;

        @Override
        public boolean cut() {
          if (cuttable && ++looks > SOME) awaitGoing(mine);
          return cuttable && mine.goes;
        }

        @Override
        public void onCut(Runnable wake) {
          throw new IllegalStateException("transfer looks at cut itself");
        }
      });
    } finally {
      if (mine.goes) cuts.incrementAndGet();
      mine.calls.arriveAndDeregister();
    }
  }

  private void awaitGoing(Live mine) {
    Instant end = Instant.now().plusSeconds(20);
    while (cuts.get() < wanted && !mine.goes && Instant.now().isBefore(end)) LockSupport.parkNanos(1_000_000);
  }

  private interface Work<R> {
    R run() throws IOException;
  }

  private <R> R onThread(Instant deadline, Work<R> work) throws IOException {
    FutureTask<R> task = new FutureTask<>(work::run);
    Thread t = Thread.ofPlatform().daemon().name("driver-test").unstarted(() -> {
      threads.add(Thread.currentThread());
      task.run();
      threads.remove(Thread.currentThread());
    });
    t.start();
    try {
      return deadline.equals(Instant.MAX) ? task.get() : task.get(Instant.now().until(deadline, ChronoUnit.MILLIS), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new UnavailableException("a call took too long; it runs on");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // GZIPInputStream looks for one more member at the end and swallows what that look throws
      throw (IOException) new InterruptedIOException("interrupted during a call; the call runs on").initCause(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) throw io;
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() throws IOException {
    live.resolver.close();
    parts.close();
  }
}
