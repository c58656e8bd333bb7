package io.gantry.metadata.mapdb;

import io.gantry.api.UnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a record is found. It is never the truth: what is in doubt is read again from snapshot and journal.
 *
 * <p>A start must answer within milliseconds, and MapDB alone takes half a second to load its classes. So records are first in a sorted
 * map, and go over into MapDB on a thread of its own, page by page, while every change goes to both.
 *
 * <p>The lock makes a group of changes visible at once (M-4). Under it only memory is touched. A group that was put in by half leaves the
 * index in doubt, from before the lock is free again until somebody {@linkplain #replace replaces} the records: it shows nothing then.
 */
final class Index implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Index.class);
  private static final int PAGE = 256;
  private static final byte[] START = new byte[0];

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
  private final long mapDbFrom;
  private Records records;
  private Optional<Records> next = Optional.empty();
  private Optional<Thread> mover = Optional.empty();
  private boolean whole = true;
  private volatile boolean closed;

  /** @param mapDbFrom number of records from which they go over into MapDB */
  Index(Records records, long mapDbFrom) {
    this.records = records;
    this.mapDbFrom = mapDbFrom;
    lock.writeLock().lock();
    try {
      considerMoving();
    } finally {
      lock.writeLock().unlock();
    }
  }

  Optional<Entry> get(byte[] key) throws IOException {
    return read(() -> records.get(key));
  }

  /** Up to {@code max} entries from {@code from} on, in order, before {@code to} where that is not empty. */
  List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max) throws IOException {
    return read(() -> records.page(from, inclusive, to, max));
  }

  boolean inMapDb() throws IOException {
    return read(() -> records instanceof MapDbRecords);
  }

  private <T> T read(java.util.function.Supplier<T> work) throws IOException {
    lock.readLock().lock();
    try {
      if (closed) throw new IOException("the metadata store was closed");
      certain();
      return work.get();
    } catch (RuntimeException | IllegalAccessError e) { // MapDB tells failures by both
      throw new IOException("the metadata index failed: " + e, e);
    } finally {
      lock.readLock().unlock();
    }
  }

  private void certain() throws UnavailableException {
    if (!whole) throw new UnavailableException("the metadata index holds a commit by half, the log says why; the journal has every commit:"
        + " try again, and where it stays so start the driver metadata.mapdb again");
  }

  /** @throws UnavailableException the index is in doubt, and its records were not replaced */
  void requireCertain() throws UnavailableException {
    lock.readLock().lock();
    try {
      certain();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Makes changes visible, all at once; where anything is thrown, an Error too, the index is in doubt from then on. */
  void apply(List<Entry> changes) {
    lock.writeLock().lock();
    try {
      whole = false;
      changes.forEach(records::set);
      whole = true;
      follow(changes);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** What is to take the place of the records may fail: they are whole without it. */
  private void follow(List<Entry> changes) {
    try {
      next.ifPresent(n -> changes.forEach(n::set));
      considerMoving();
    } catch (RuntimeException | Error e) {
      next = Optional.empty();
      LOG.warn("metadata records stay where they are, MapDB failed: {}", e.toString());
    }
  }

  /** Starts again with these records, after a failure of those in use. */
  void replace(Records fresh) {
    lock.writeLock().lock();
    try {
      records = fresh;
      next = Optional.empty();
      whole = true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** For tests: puts something around the records. */
  void wrap(UnaryOperator<Records> around) {
    lock.writeLock().lock();
    try {
      records = around.apply(records);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void considerMoving() {
    if (closed || mover.isPresent() || records.size() < mapDbFrom) return;
    mover = Optional.of(Thread.ofPlatform().daemon().priority(Thread.MIN_PRIORITY).name("metadata-index")
        .inheritInheritableThreadLocals(false).start(new FutureTask<>(this::move, null))); // decision 0005
  }

  private void move() {
    try {
      Records fresh = new MapDbRecords();
      if (!copy(fresh)) fresh.close();
    } catch (RuntimeException | Error e) {
      if (!closed) LOG.warn("metadata records stay on the heap, MapDB failed: {}", e.toString());
      lock.writeLock().lock();
      next = Optional.empty();
      lock.writeLock().unlock();
    }
  }

  /** Copies all records and puts the copy in their place; false where somebody closed or replaced them meanwhile. */
  private boolean copy(Records fresh) {
    lock.writeLock().lock();
    Records old = records;
    next = Optional.of(fresh);
    lock.writeLock().unlock();
    byte[] last = START;
    while (true) {
      lock.writeLock().lock();
      try {
        if (closed || next.isEmpty()) return false;
        List<Entry> page = old.page(last, last.length == 0, START, PAGE);
        page.forEach(fresh::set);
        if (page.isEmpty()) {
          records = fresh;
          next = Optional.empty();
          return true;
        }
        last = page.getLast().key();
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  void awaitMoving() throws InterruptedException {
    if (mover.isPresent()) mover.get().join();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      if (mover.isPresent() && !mover.get().join(Duration.ofSeconds(5))) {
        LOG.warn("the thread that fills the metadata index goes on after its close");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lock.writeLock().lock();
    try {
      records.close();
    } catch (RuntimeException | IllegalAccessError e) {
      throw new IOException("closing the metadata index: " + e, e);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
