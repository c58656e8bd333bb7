package io.gantry.tasks;

import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processes that run, as far as this manager knows: each is watched by its pid, and asked for its exit when that is gone. */
final class Lives implements AutoCloseable {
  /** What is to be done when a process has ended; done again where it fails. */
  @FunctionalInterface
  interface Ended {
    void ended(Exit exit) throws IOException;
  }

  private record Entry(Live live, RuntimeDriver runtime, int pid, Ended ended, AtomicBoolean ending) {}

  private static final Logger LOG = LoggerFactory.getLogger(Lives.class);
  private static final Duration REAPING = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(10).toNanos();
  private static final long LATER_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int NOBODY_KNOWS = 255;
  private static final int DISMISSED = 137;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LAST_PAUSE = Duration.ofSeconds(5);
  private final Map<TaskId, Entry> entries = new ConcurrentHashMap<>();
  /** Those that are waited for before they are started. */
  private final Map<TaskId, Live> expected = new ConcurrentHashMap<>();
  private final ExitWatch watch;
  private final OomWatch memory;
  private final BiConsumer<TaskId, RuntimeDriver> looked;
  private final Duration reaping;
  private volatile boolean closed;

  /** @param looked called from time to time for each container that runs, and when its memory is out */
  Lives(BiConsumer<TaskId, RuntimeDriver> looked) throws IOException {
    this(REAPING, looked);
  }

  /** @param reaping how long a keeper may say neither that a process runs nor how it ended */
  Lives(Duration reaping, BiConsumer<TaskId, RuntimeDriver> looked) throws IOException {
    this.reaping = reaping;
    this.looked = looked;
    this.memory = new OomWatch(this::outOfMemory);
    this.watch = exits();
  }

  private ExitWatch exits() throws IOException {
    try {
      return new ExitWatch(this::settle, this::look);
    } catch (IOException e) {
      memory.close();
      throw e;
    }
  }

  Live add(TaskId id, RuntimeDriver runtime, int pid, Ended ended) throws IOException {
    Live live = expected.getOrDefault(id, new Live());
    entries.put(id, new Entry(live, runtime, pid, ended, new AtomicBoolean()));
    expected.remove(id); // not before: who looks in between shall find it
    if (id.exec().isEmpty() && pid > 0) memory.watch(id, pid);
    try {
      watch.watch(id, pid);
    } catch (ErrnoException e) {
      // it was quicker than we, or there is no descriptor left for it: its keeper knows which
      if (e.errno() != Errno.ESRCH && pid > 0) LOG.warn("{} cannot be watched, its runtime is asked for its end: {}", id, e.getMessage());
      Thread.ofVirtual().name("task-exit-" + id).start(() -> settle(id));
    }
    return live;
  }

  /** One that is made and not started: it can be waited for, and is added once it has a pid. */
  void expect(TaskId id) {
    expected.putIfAbsent(id, new Live());
  }

  /** It is removed, and was never started; who waits for it is told so. */
  void dismiss(TaskId id) {
    Live live = expected.remove(id);
    if (live != null) live.ended(new Exit(DISMISSED, Instant.now()));
  }

  /** Whether its end is found out by itself. */
  boolean watches(TaskId id) {
    return entries.containsKey(id);
  }

  Optional<Live> find(TaskId id) {
    Live early = expected.get(id); // looked at first, since it moves on to the others
    return early != null ? Optional.of(early) : Optional.ofNullable(entries.get(id)).map(Entry::live);
  }

  /** The exec ids of those that run beside a container's first process, by their pid. */
  Map<Long, String> execs(TaskId first) {
    var all = new HashMap<Long, String>();
    entries.forEach((id, e) -> {
      if (isBeside(id, first)) all.put((long) e.pid(), id.exec());
    });
    return all;
  }

  /**
   * Waits for what runs beside a container's first process: whoever deletes that takes away their exits and the rest of their output.
   *
   * @param exits how long, for processes that outlive the first
   * @param output how long from then on, for output that nobody reads
   * @throws InterruptedIOException the thread was interrupted, whose flag stays set
   */
  void others(TaskId first, Duration exits, Duration output) throws InterruptedIOException {
    await(first, exits, () -> entries.entrySet().stream().allMatch(e -> !isBeside(e.getKey(), first) || e.getValue().ending().get()));
    await(first, output, () -> entries.keySet().stream().noneMatch(id -> isBeside(id, first)));
  }

  private void await(TaskId first, Duration patience, BooleanSupplier done) throws InterruptedIOException {
    long end = System.nanoTime() + patience.toNanos();
    while (!closed && System.nanoTime() < end && !done.getAsBoolean()) {
      if (Thread.currentThread().isInterrupted()) { // else it would not be parked any more
        throw new InterruptedIOException("waiting for what runs beside the first process of " + first + " was interrupted");
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }

  private static boolean isBeside(TaskId id, TaskId first) {
    return !id.exec().isEmpty() && id.container().equals(first.container()) && id.namespace().equals(first.namespace());
  }

  /** Its pid is gone, or cannot be watched: its keeper knows whether, and how. */
  private void settle(TaskId id) {
    Entry e = entries.get(id);
    if (e != null) exit(id, e).ifPresent(exit -> finish(id, e, exit));
  }

  /**
   * What cannot be asked, or is said to run, has not ended, however long that takes. @return empty: the manager ends, or others saw to it
   */
  private Optional<Exit> exit(TaskId id, Entry e) {
    long began = System.nanoTime();
    long certain = began; // since when it is said neither to run nor to have ended
    boolean told = false;
    while (!closed && !e.ending().get()) {
      long now = System.nanoTime();
      try {
        TaskState state = e.runtime().state(id);
        if (state.exit().isPresent()) return state.exit();
        if (state.status() != Status.UNKNOWN && state.status() != Status.STOPPED) certain = now;
      } catch (NotFoundException gone) {
        return Optional.of(new Exit(NOBODY_KNOWS, Instant.now()));
      } catch (IOException | RuntimeException failed) { // of a driver nobody knows what it throws
        certain = now;
        if (!told) LOG.info("{} ended or cannot be watched, and its runtime does not tell yet: {}", id, failed.toString());
        told = true;
      }
      if (now - certain > reaping.toNanos()) return Optional.of(new Exit(NOBODY_KNOWS, Instant.now()));
      LockSupport.parkNanos(now - began > reaping.toNanos() ? LATER_NANOS : STEP_NANOS);
    }
    return Optional.empty();
  }

  /** From time to time: the keeper may have died, which its driver finds out when asked. */
  private void look(TaskId id) {
    Entry e = entries.get(id);
    if (e == null) return;
    try {
      TaskState state = e.runtime().state(id);
      if (state.exit().isPresent()) finish(id, e, state.exit().get());
      else if (id.exec().isEmpty()) looked.accept(id, e.runtime());
    } catch (NotFoundException gone) {
      finish(id, e, new Exit(NOBODY_KNOWS, Instant.now()));
    } catch (GantryException away) {
      LOG.debug("{} cannot be looked at now: {}", id, away.getMessage());
    } catch (IOException | RuntimeException broken) {
      LOG.warn("{} cannot be looked at", id, broken);
    }
  }

  private void outOfMemory(TaskId id) {
    Entry e = entries.get(id);
    if (e != null && !e.ending().get()) looked.accept(id, e.runtime());
  }

  private void finish(TaskId id, Entry e, Exit exit) {
    if (!e.ending().compareAndSet(false, true)) return;
    watch.forget(id);
    memory.forget(id);
    if (!done(id, e, exit)) return;
    entries.remove(id, e); // not before: who asks in between shall wait, and then find it written down
    e.live().ended(exit);
  }

  /** Until it succeeds: whoever would write it down may be away for long. @return false: the manager ends, and the next one sees to it */
  private boolean done(TaskId id, Entry e, Exit exit) {
    Duration pause = FIRST_PAUSE;
    for (int times = 1; !closed; times++) {
      try {
        e.ended().ended(exit);
        if (times > 1) LOG.info("the end of {} (exit code {}) is written down at the {}. attempt", id, exit.code(), times);
        return true;
      } catch (IOException | RuntimeException failed) {
        if (times == 1) LOG.error("the end of {} (exit code {}) could not be written down, and is tried again", id, exit.code(), failed);
        else LOG.debug("the end of {} cannot be written down yet: {}", id, failed.toString());
      }
      e.live().rest(pause);
      pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    entries.values().forEach(e -> e.live().left());
    expected.values().forEach(Live::left);
    memory.close();
    watch.close();
  }
}
