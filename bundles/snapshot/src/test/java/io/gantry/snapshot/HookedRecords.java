package io.gantry.snapshot;

import io.gantry.api.Scope;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;

/** Drivers of which the one of records does something before each commit, on the thread of its caller or on one that goes on without it. */
class HookedRecords extends LentDrivers {
  /** What happens before a commit. */
  interface Hook {
    void run() throws IOException;
  }

  private volatile Hook hook = () -> { };
  private volatile Optional<Left> left = Optional.empty();

  final void beforeEachCommit(Hook what) {
    hook = what;
  }

  /** A call whose caller is interrupted when its commit is about to be done; it runs on. */
  static final class Left {
    private final BlockingQueue<String> first = new LinkedBlockingQueue<>();
    private final CountDownLatch go = new CountDownLatch(1);
    private volatile FutureTask<?> call;

    /** Lets the commit be done. */
    void begin() {
      go.countDown();
    }

    /** Waits until it has ended, whatever it threw. */
    void await() throws Exception {
      try {
        call.get();
      } catch (ExecutionException e) {
        return;
      }
    }
  }

  final Left leaveTheNextCommit() {
    var next = new Left();
    left = Optional.of(next);
    return next;
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    if (type != MetadataStore.class) return super.lend(type, ref, scope, call);
    Borrowed<D> b = borrowed(type, ref);
    Optional<Left> leave = left;
    D hooked = type.cast(new Store((MetadataStore) b.driver(), () -> {
      hook.run();
      if (leave.isPresent()) waitForGo(leave.get());
    }));
    var lent = new Borrowed<>(hooked, b.epoch(), b.bundle(), b.version());
    return leave.isEmpty() ? call.with(lent) : left(leave.get(), call, lent);
  }

  private void waitForGo(Left l) throws IOException {
    left = Optional.empty();
    l.first.add("begun");
    try {
      l.go.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static <D, R> R left(Left l, DriverCall<Borrowed<D>, R> call, Borrowed<D> lent) throws IOException {
    var task = new FutureTask<>(() -> call.with(lent)) {
      @Override
      protected void done() {
        l.first.add("ended");
      }
    };
    l.call = task;
    Thread.ofPlatform().daemon().start(task);
    try {
      if (l.first.take().equals("begun")) throw new InterruptedIOException("interrupted, by this test; the call runs on");
      return task.get();
    } catch (InterruptedException e) {
      throw new IOException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) throw io;
      throw new IllegalStateException(e.getCause());
    }
  }

  /** @param store the real one */
  private record Store(MetadataStore store, Hook before) implements MetadataStore {
    @Override
    public long commit(Batch batch) throws IOException {
      before.run();
      return store.commit(batch);
    }

    @Override
    public Optional<Rec> get(Key key) throws IOException {
      return store.get(key);
    }

    @Override
    public List<Rec> range(Key from, Key to, int max) throws IOException {
      return store.range(from, to, max);
    }

    @Override
    public long sequence() throws IOException {
      return store.sequence();
    }
  }
}
