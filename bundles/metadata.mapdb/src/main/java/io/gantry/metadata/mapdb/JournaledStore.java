package io.gantry.metadata.mapdb;

import io.gantry.api.ExhaustedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in a journal, found by an index.
 *
 * <p>Commits that come together share one sync: each puts its batch into the queue, and the one that gets {@code writing} next carries out
 * all that wait. That lock guards journal, sequence and index changes, and is held over the sync on purpose: waiting for it is waiting for
 * the disk. {@code queued} guards the queue alone. Order: writing, then queued.
 */
final class JournaledStore implements MetadataStore, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(JournaledStore.class);
  private static final long GROUP_BYTES = 8L << 20;
  private static final long BATCH_BYTES = 256L << 20;
  private static final long PATIENCE_SECONDS = 5;

  private final Folder folder;
  private final ReentrantLock writing = new ReentrantLock(true);
  private final Object queued = new Object();
  private final Queue<Group.Waiting> queue = new ArrayDeque<>();
  private final Index index;
  private final Checkpoints checkpoints;
  private volatile long sequence;
  private volatile boolean closed;
  private Journal journal;

  /**
   * Opens the folder where the last instance left it.
   *
   * @throws io.gantry.api.CorruptException a file is damaged; nothing was changed
   */
  JournaledStore(Path root, Options options) throws IOException {
    this.folder = Folder.open(root);
    Optional<CleanClose> note = CleanClose.find(folder);
    Recovery found = Recovery.read(folder);
    this.sequence = found.sequence();
    this.journal = note.isPresent() && found.follows(note.get()) ? found.resume() : fresh(found);
    try {
      CleanClose.forget(folder);
    } catch (IOException e) {
      journal.close();
      throw e;
    }
    this.index = new Index(found.records(), options.mapDbFrom());
    this.checkpoints = new Checkpoints(folder, options, this::rotate, (key, max) -> index.page(key, false, new byte[0], max));
    checkpoints.opened(found.base(), found.bytes(), sequence - found.base(), found.journals());
  }

  /** A new journal; where there is no room for one, the last one is cut to its whole frames and goes on. */
  private Journal fresh(Recovery found) throws IOException {
    try {
      return Journal.create(folder, found.sequence());
    } catch (IOException e) {
      if (found.journals() == 0) throw e;
      LOG.info("metadata journal goes on in the last file: {}", e.toString());
      return found.resume();
    }
  }

  @Override
  public long commit(Batch batch) throws IOException {
    if (Group.weight(batch) > BATCH_BYTES) throw new InvalidException("a batch of " + Group.weight(batch) + " bytes, at most " + BATCH_BYTES
        + " are allowed; make several of it");
    var mine = new Group.Waiting(batch);
    synchronized (queued) {
      queue.add(mine);
    }
    writing.lock();
    try {
      while (!mine.isDone()) carryOut();
    } finally {
      writing.unlock();
    }
    checkpoints.consider();
    return mine.answer();
  }

  private void take(List<Group.Waiting> taken) {
    synchronized (queued) {
      for (long bytes = 0; !queue.isEmpty() && bytes < GROUP_BYTES; queue.remove()) {
        bytes += Group.weight(queue.peek().batch);
        taken.add(queue.peek());
      }
    }
  }

  /** Judges, writes, syncs, shows all that wait; whatever happens, an Error too, each of them is answered. */
  private void carryOut() {
    var taken = new ArrayList<Group.Waiting>();
    var accepted = new ArrayList<Group.Waiting>();
    var sequences = new ArrayList<Long>();
    try {
      take(taken);
      usable();
      var group = new Group(index, sequence);
      for (Group.Waiting w : taken) {
        try {
          sequences.add(group.add(w.batch));
          accepted.add(w);
        } catch (IOException e) {
          w.failed(e);
        }
      }
      if (!group.isEmpty()) write(group);
      for (int i = 0; i < accepted.size(); i++) accepted.get(i).done(sequences.get(i));
    } catch (IOException | RuntimeException | Error e) {
      for (Group.Waiting w : taken) if (!w.isDone()) w.failed(ours(e));
    } finally {
      taken.forEach(Group.Waiting::over);
    }
  }

  /** What the journal has counts: from there on nothing is thrown, and the sequence goes on, whatever becomes of the index. */
  private void write(Group group) throws IOException {
    Bytes payload = group.payload();
    journal.append(payload.array(), payload.size());
    checkpoints.grew(payload.size(), group.sequence() - sequence);
    try {
      index.apply(group.changes());
    } catch (RuntimeException | Error e) {
      buildAgain(group.sequence(), e);
    } finally {
      sequence = group.sequence();
    }
  }

  /** Replaces an index in doubt; where that fails it stays in doubt, and the store gives and takes nothing more. */
  private void buildAgain(long expected, Throwable cause) {
    try {
      LOG.warn("metadata index is built again from the journal: {}", cause.toString());
      Recovery found = readAgain();
      if (found.sequence() == expected) index.replace(found.records());
      else LOG.error("metadata index is not built again: {} has sequence {}, expected {}", folder.path(), found.sequence(), expected);
    } catch (IOException | RuntimeException | Error e) {
      LOG.error("metadata index is not built again, the store rests until its driver is started again: {}", e.toString());
    }
  }

  /** A snapshot at work may remove files while they are read; then it is whole itself, and as it needs {@code writing}, the last. */
  private Recovery readAgain() throws IOException {
    try {
      return Recovery.read(folder);
    } catch (IOException e) {
      LOG.debug("read once more: {}", e.toString());
      return Recovery.read(folder);
    }
  }

  private void usable() throws UnavailableException {
    if (closed) throw new UnavailableException("the metadata store " + folder.path() + " was closed");
    if (journal.doubtful()) throw new UnavailableException("the metadata store " + folder.path()
        + " takes no more commits, since a write to "
        + journal.file() + " could not be taken back; it is whole again after a restart of the driver");
    index.requireCertain();
  }

  private IOException ours(Throwable e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("No space left") || text.contains("quota exceeded")) {
      return new ExhaustedException("writing to the metadata journal " + journal.file()
          + ": the disk is full; nothing was changed, make room", e);
    }
    return e instanceof GantryException g ? g : new IOException("writing to the metadata journal " + journal.file() + " failed: " + e, e);
  }

  /** Starts a new journal behind all that was committed, and answers that sequence. */
  private long rotate() throws IOException {
    writing.lock();
    try {
      usable();
      if (journal.base() < sequence) {
        Journal next = Journal.create(folder, sequence);
        journal.close();
        journal = next;
      }
      return sequence;
    } finally {
      writing.unlock();
    }
  }

  @Override
  public Optional<Rec> get(Key key) throws IOException {
    return index.get(Entry.key(key)).map(Entry::rec);
  }

  @Override
  public List<Rec> range(Key from, Key to, int max) throws IOException {
    return index.page(Entry.key(from), true, Entry.key(to), max).stream().map(Entry::rec).toList();
  }

  @Override
  public long sequence() {
    return sequence;
  }

  /** Waits for a commit at work, a few seconds at most, and leaves the note that lets the next instance go on in the same file. */
  @Override
  public void close() {
    if (closed) return;
    closed = true;
    boolean quiet = checkpoints.stop(PATIENCE_SECONDS);
    boolean alone = acquired();
    try {
      boolean certain = quiet && alone && !journal.doubtful();
      journal.close();
      index.close();
      if (certain) new CleanClose(journal.file().getFileName().toString(), journal.salt(), journal.length(), sequence).leave(folder);
    } catch (IOException e) {
      LOG.info("the metadata store left no note of its close: {}", e.toString());
    } finally {
      if (alone) writing.unlock();
    }
  }

  /** For tests: lets go of descriptors as a kill would, without a note. */
  void abandon() throws IOException {
    closed = true;
    checkpoints.stop(PATIENCE_SECONDS);
    journal.close();
    index.close();
  }

  /** For tests: until no snapshot is being taken. */
  void awaitCheckpoint() throws InterruptedException {
    checkpoints.await();
  }

  Index index() {
    return index;
  }

  private boolean acquired() {
    try {
      return writing.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
