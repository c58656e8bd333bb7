package io.gantry.records;

import io.gantry.api.UnavailableException;
import io.gantry.service.record.Table.Changed;
import io.gantry.service.record.Table.Place;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The moment of each commit. Ordinary ones go side by side, one that decides goes alone; what was committed is told before the lock is
 * given free, so that who decides knows all.
 *
 * <p>Run on the driver's thread: it goes on where its caller gave up at a deadline, and so do the lock and the telling. The lock is held
 * over one commit of the store; nothing else is waited for meanwhile.
 */
final class Commits {
  /** A commit of a driver that was given up may hang for ever; who decides then gives up, and all others go on. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Fair: a collection after the other lets the changes in between go on. */
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
  private final Consumer<Key> touched;
  private final List<Consumer<Changed>> watches = new CopyOnWriteArrayList<>();

  /** @param touched told of each key that a commit was tried of, before anybody is told that it is done */
  Commits(Consumer<Key> touched) {
    this.touched = touched;
  }

  Closeable watch(Consumer<Changed> listener) {
    watches.add(listener); // a commit that looks at the watches before this is done, and read by whoever reads after it
    return () -> watches.remove(listener);
  }

  long one(MetadataStore store, Batch batch) throws IOException {
    lock.readLock().lock();
    try {
      return committed(store, batch);
    } finally {
      lock.readLock().unlock();
    }
  }

  OptionalLong alone(MetadataStore store, Supplier<Batch> choice) throws IOException {
    exclusive();
    try {
      Batch batch = choice.get();
      if (batch.puts().isEmpty() && batch.removes().isEmpty()) return OptionalLong.empty();
      return OptionalLong.of(committed(store, batch));
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void exclusive() throws IOException {
    try {
      if (lock.writeLock().tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for changes of records that are under way");
    }
    throw new UnavailableException("a change of records has been under way for more than " + PATIENCE.toSeconds()
        + " s, so nothing can be decided beside it; try again later");
  }

  private long committed(MetadataStore store, Batch batch) throws IOException {
    long revision;
    try {
      revision = store.commit(batch);
    } finally { // a commit that failed may have been done
      for (Batch.Put p : batch.puts()) touched.accept(p.key());
      batch.removes().forEach(touched);
    }
    if (watches.isEmpty()) return revision;
    for (Batch.Put p : batch.puts()) tell(p.key(), revision, Optional.of(p.value()));
    for (Key k : batch.removes()) tell(k, revision, Optional.empty());
    return revision;
  }

  private void tell(Key key, long revision, Optional<byte[]> json) {
    var changed = new Changed(key.table(), new Place(key.namespace(), key.id()), revision, json);
    for (Consumer<Changed> w : watches) w.accept(changed);
  }
}
