package io.gantry.metadata.mapdb;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot when the journals got long, on a thread of its own that lives no longer than that, while commits go on. What was begun
 * is left undone at a close; the next instance counts on from there.
 */
final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  private static final int JOURNALS = 32;

  /** Ends the journal at work and answers the sequence it ends with. */
  @FunctionalInterface
  interface Rotation {
    long rotate() throws IOException;
  }

  private final Folder folder;
  private final Options options;
  private final Rotation rotation;
  private final Snapshots.Pages pages;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private int journals;
  private long base;
  private Optional<Thread> worker = Optional.empty();
  private volatile boolean stopped;

  Checkpoints(Folder folder, Options options, Rotation rotation, Snapshots.Pages pages) {
    this.folder = folder;
    this.options = options;
    this.rotation = rotation;
    this.pages = pages;
  }

  void opened(long snapshot, long journalBytes, long journalCommits, int files) {
    base = snapshot;
    bytes.set(journalBytes);
    commits.set(journalCommits);
    journals = files;
  }

  void grew(long more, long moreCommits) {
    bytes.addAndGet(more);
    commits.addAndGet(moreCommits);
  }

  /** Starts a snapshot where it is time for one and none is being taken. */
  synchronized void consider() {
    boolean due = bytes.get() >= options.checkpointBytes() || commits.get() >= options.checkpointCommits() || journals > JOURNALS;
    if (!due || stopped || worker.filter(Thread::isAlive).isPresent()) return;
    bytes.set(0);
    commits.set(0);
    journals = 0;
    try {
      worker = Optional.of(Thread.ofPlatform().daemon().name("metadata-checkpoint").inheritInheritableThreadLocals(false)
          .start(new FutureTask<>(this::take, null))); // decision 0005
    } catch (OutOfMemoryError e) { // no thread to be had; the commit that came by is on disk all the same
      LOG.warn("no snapshot of the metadata store in {}; the next try is after as much again: {}", folder.path(), e.toString());
    }
  }

  private void take() {
    try {
      long sequence = rotation.rotate();
      if (sequence == base) return;
      Snapshots.write(folder, sequence, this::page);
      base = sequence;
      folder.forgetBefore(sequence);
    } catch (InterruptedIOException e) {
      LOG.debug("snapshot left undone: {}", e.getMessage());
    } catch (IOException | RuntimeException | Error e) {
      if (!stopped) LOG.warn(
          "no snapshot of the metadata store in {}; the journal keeps everything, the next try is after as much again: {}",
          folder.path(), e.toString());
    }
  }

  private List<Entry> page(byte[] key, int max) throws IOException {
    if (stopped) throw new InterruptedIOException("the store is being closed");
    return pages.after(key, max);
  }

  void await() throws InterruptedException {
    Optional<Thread> running;
    synchronized (this) {
      running = worker;
    }
    if (running.isPresent()) running.get().join();
  }

  /** Ends the work; false where it did not end in time. */
  boolean stop(long seconds) {
    stopped = true;
    Optional<Thread> running;
    synchronized (this) {
      running = worker;
    }
    try {
      return running.isEmpty() || running.get().join(java.time.Duration.ofSeconds(seconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
