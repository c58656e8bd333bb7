package io.gantry.records;

import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table.Changed;
import io.gantry.service.record.Table.Place;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The moment of each commit. Ordinary ones go side by side, one that decides goes alone; what was committed is told before the lock is
 * given free, so that who decides knows all.
 *
 * <p>Run on the driver's thread: it goes on where its caller gave up at a deadline, and so do the lock and the telling. A lock is held over
 * one commit of the store; nothing else is waited for meanwhile.
 *
 * <p>Each activation of a store has a gate of its own, since a commit of one that was taken away by force may never end. The first commit
 * through the next closes the gate before: whatever is at work behind it is told at once, as its successor may have read it from the disk,
 * and nothing more begins there. The monitor guards the gates, and is held while changes of a closed one are told.
 */
final class Commits {
  /** A commit of a driver may hang until it is replaced, or for ever; whoever waits for it then gives up. */
  static final Duration PATIENCE = Duration.ofSeconds(10);
  /** Revision of a change of which nobody knows whether it was done. */
  private static final long UNKNOWN = 0;

  /** One activation of a store. */
  private static final class Gate {
    private final long epoch;
    /** Fair: a collection after the other lets the changes in between go on. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
    private final Set<Work> atWork = new HashSet<>();

    Gate(long epoch) {
      this.epoch = epoch;
    }
  }

  /** A commit that the store has begun; each is itself. */
  private static final class Work {
    private final Batch batch;
    private final long since = System.nanoTime();

    Work(Batch batch) {
      this.batch = batch;
    }
  }

  private final Consumer<Key> touched;
  private final Duration patience;
  private final Map<DriverRef, Gate> gates = new HashMap<>();
  private final List<Consumer<Changed>> watches = new CopyOnWriteArrayList<>();

  /** @param touched told of each key that a commit was tried of, before anybody is told that it is done */
  Commits(Consumer<Key> touched, Duration patience) {
    this.touched = touched;
    this.patience = patience;
  }

  Closeable watch(Consumer<Changed> listener) {
    watches.add(listener); // a commit that looks at the watches before this is done, and read by whoever reads after it
    return () -> watches.remove(listener);
  }

  /** @param store of {@code ref} */
  long one(DriverRef ref, Borrowed<MetadataStore> store, Batch batch) throws IOException {
    Gate gate = gate(ref, store.epoch());
    take(gate.lock.readLock(), "a decision on records");
    try {
      return committed(ref, gate, store.driver(), batch);
    } finally {
      gate.lock.readLock().unlock();
    }
  }

  /** @param store of {@code ref} */
  OptionalLong alone(DriverRef ref, Borrowed<MetadataStore> store, Supplier<Batch> choice) throws IOException {
    Gate gate = gate(ref, store.epoch());
    refuseBesideHung(gate);
    take(gate.lock.writeLock(), "a change of records");
    try {
      Batch batch = choice.get();
      if (batch.puts().isEmpty() && batch.removes().isEmpty()) return OptionalLong.empty();
      return OptionalLong.of(committed(ref, gate, store.driver(), batch));
    } finally {
      gate.lock.writeLock().unlock();
    }
  }

  private synchronized Gate gate(DriverRef ref, long epoch) throws UnavailableException {
    Gate now = gates.get(ref);
    if (now != null && now.epoch == epoch) return now;
    if (now != null && now.epoch > epoch) throw replaced(ref);
    var next = new Gate(epoch);
    gates.put(ref, next);
    if (now != null) {
      for (Work w : now.atWork) {
        touch(w.batch);
        tell(w.batch, UNKNOWN);
      }
    }
    return next;
  }

  private static UnavailableException replaced(DriverRef ref) {
    return new UnavailableException("the driver " + ref
        + " was replaced before a change of records began, so nothing was changed; try again");
  }

  /** Others would wait behind the one who waits for it. */
  private synchronized void refuseBesideHung(Gate gate) throws UnavailableException {
    long now = System.nanoTime();
    for (Work w : gate.atWork) if (now - w.since > patience.toNanos()) throw hung("a change of records");
  }

  private void take(Lock lock, String what) throws IOException {
    try {
      if (lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + what + " that is under way");
    }
    throw hung(what);
  }

  private UnavailableException hung(String what) {
    return new UnavailableException(what + " has been under way for more than " + patience.toSeconds()
        + " s, so nothing can be changed beside"
        + " it; try again later, or replace the driver of kind metadata (driver:list)");
  }

  private long committed(DriverRef ref, Gate gate, MetadataStore store, Batch batch) throws IOException {
    Work work = begun(ref, gate, batch);
    try {
      long revision;
      try {
        revision = store.commit(batch);
      } finally { // a commit that failed may have been done
        touch(batch);
      }
      tell(batch, revision);
      return revision;
    } finally {
      ended(gate, work);
    }
  }

  /** From here on it is told where the gate is closed. */
  private synchronized Work begun(DriverRef ref, Gate gate, Batch batch) throws UnavailableException {
    if (gates.get(ref) != gate) throw replaced(ref);
    var work = new Work(batch);
    gate.atWork.add(work);
    return work;
  }

  private synchronized void ended(Gate gate, Work work) {
    gate.atWork.remove(work);
  }

  private void touch(Batch batch) {
    for (Batch.Put p : batch.puts()) touched.accept(p.key());
    batch.removes().forEach(touched);
  }

  private void tell(Batch batch, long revision) {
    if (watches.isEmpty()) return;
    for (Batch.Put p : batch.puts()) tell(p.key(), revision, Optional.of(p.value()));
    for (Key k : batch.removes()) tell(k, revision, Optional.empty());
  }

  private void tell(Key key, long revision, Optional<byte[]> json) {
    var changed = new Changed(key.table(), new Place(key.namespace(), key.id()), revision, json);
    for (Consumer<Changed> w : watches) w.accept(changed);
  }
}
