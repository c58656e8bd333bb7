package io.gantry.tasks;

import io.gantry.api.CorruptException;
import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.linux.ProcStat;
import io.gantry.service.record.Container;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table.Place;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds again, at the start of a manager, what an earlier one left: running processes, exits of the meantime, half-made containers. */
final class Adoption implements AutoCloseable {
  /** Takes over the pipes of a container whose manager is gone: those of its first process, where it has any, and those of others in it. */
  @FunctionalInterface
  interface Pipes {
    Optional<AttachedProcess> takeOver(Scope scope, RuntimeDriver runtime, TaskId id) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
  private static final int PAGE = 500;
  private static final Duration AGAIN = Duration.ofSeconds(1);
  /** After so many failures nobody waits for it any more; it is tried on. */
  private static final int TRIES = 30;

  private final Parts parts;
  private final Lives lives;
  private final Removal removal;
  private final Namespaces namespaces;
  private final Endings endings;
  private final Pipes pipes;
  private final StepAdoption steps;
  private final Set<TaskId> own = ConcurrentHashMap.newKeySet();
  /** How often each failed that could not be adopted for a reason that may not pass by itself. */
  private final Map<TaskId, Integer> failures = new ConcurrentHashMap<>();
  /** Rows of which was told that they, or what goes with them, cannot be read. */
  private final Set<Place> damaged = ConcurrentHashMap.newKeySet();

  /** Those that are still to be adopted; null before the table was read once. Guarded by the monitor. */
  private Set<TaskId> waiting;

  /** A driver that was not there when a process was looked at. */
  private record Away(long look, UnavailableException why) {}

  /** Of those that are waited for. */
  private final Map<TaskId, Away> away = new ConcurrentHashMap<>();

  /** How many began. Guarded by the monitor. */
  private long looks;

  private final CountDownLatch done = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  Adoption(Parts parts, Lives lives, Removal removal, Namespaces namespaces, Endings endings, Pipes pipes,
      StepAdoption steps) {
    this.parts = parts;
    this.lives = lives;
    this.removal = removal;
    this.namespaces = namespaces;
    this.endings = endings;
    this.pipes = pipes;
    this.steps = steps;
  }

  /** This manager is about to make it: while it is half made, that is no earlier one's doing. */
  void own(TaskId id) {
    if (done.getCount() > 0) own.add(id);
  }

  /** Goes on until it has adopted all; a driver that is away at this moment is waited for. */
  void start() {
    Thread.ofVirtual().name("tasks-adoption").start(() -> {
      try {
        while (!all()) if (closed.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS)) return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        done.countDown();
        known(Set.of());
      }
    });
  }

  /** Waits until it is known whether this one runs; others, whose driver is away, are not waited for. */
  void await(TaskId id, Instant deadline) throws IOException {
    await(id, deadline, Long.MAX_VALUE);
  }

  /**
   * The same, and no longer than to the end of a look which began after this and for which a driver was away: the look's call has waited
   * for the driver as long as calls do.
   *
   * @throws UnavailableException what that call said, or the deadline passed
   */
  synchronized void awaitLook(TaskId id, Instant deadline) throws IOException {
    await(id, deadline, looks + 1);
  }

  private synchronized void await(TaskId id, Instant deadline, long look) throws IOException {
    try {
      while (waiting == null || waiting.contains(id)) {
        Away a = away.get(id);
        if (waiting != null && a != null && a.look() >= look) throw new UnavailableException(a.why().getMessage(), a.why());
        long millis = deadline.equals(Instant.MAX) ? AGAIN.toMillis() : Duration.between(Instant.now(), deadline).toMillis();
        if (millis <= 0) throw new UnavailableException("it is not known yet whether container '" + id.container() + "' runs");
        wait(millis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for what is known of container '" + id.container() + "' was interrupted");
    }
  }

  private synchronized void known(Set<TaskId> left) {
    waiting = left;
    notifyAll();
  }

  private synchronized long begin() {
    return ++looks;
  }

  private boolean all() {
    long look = begin();
    try {
      var left = new HashSet<TaskId>();
      boolean complete = true;
      for (String namespace : namespaces.list(Scope.root())) {
        Scope scope = Scope.root().withNamespace(namespace);
        parts.views().sweep(scope); // before anything is removed that they show
        complete &= all(scope, look, left);
      }
      known(left);
      return complete;
    } catch (GantryException e) {
      LOG.info("what runs is not known yet: {}", e.getMessage());
      return false;
    } catch (IOException | RuntimeException e) {
      LOG.error("what runs cannot be found out", e);
      return false;
    }
  }

  /** @param left gets those that somebody may wait for */
  private boolean all(Scope scope, long look, Set<TaskId> left) throws IOException {
    boolean complete = true;
    String after = "";
    for (List<Row> page = page(scope, after); !page.isEmpty(); page = page(scope, after)) {
      for (Row r : page) complete &= one(scope, r, look, left);
      after = page.getLast().id();
    }
    return complete;
  }

  private List<Row> page(Scope scope, String after) throws IOException {
    return parts.table().list(scope, TaskRow.TABLE, after, PAGE);
  }

  /** @return false where it has to be tried again: the driver is away, or something failed */
  private boolean one(Scope scope, Row r, long look, Set<TaskId> left) {
    TaskId id;
    try {
      id = TaskId.of(scope.namespace(), r.id());
      TaskRow.decode(scope, r);
    } catch (IOException | RuntimeException e) {
      leave(scope, r, e);
      return true;
    }
    try {
      if (!own.contains(id)) adopt(scope, id);
      failures.remove(id);
      away.remove(id);
      return true;
    } catch (UnavailableException e) {
      LOG.info("{} is looked at again later: {}", id, e.getMessage());
      left.add(id);
      away.put(id, new Away(look, e));
      return false;
    } catch (CorruptException e) {
      leave(scope, r, e);
      return true;
    } catch (IOException | RuntimeException e) {
      int times = failures.merge(id, 1, Integer::sum);
      if (times < TRIES) left.add(id);
      if (times == 1 || times == TRIES) LOG.error("{} could not be adopted ({} times), it is tried again", id, times, e);
      return false;
    }
  }

  /** What is damaged does not mend by waiting: it is told once, and not waited for. */
  private void leave(Scope scope, Row r, Exception why) {
    if (!damaged.add(new Place(scope.namespace(), r.id()))) return;
    LOG.error("of container {}/{} not all that is written down can be read, so it is left as it is; ctr:delete --force ends and removes it",
        scope.namespace(), r.id(), why);
  }

  /** By the row as it is in the turn: since the page was read, its process may have ended. */
  private void adopt(Scope scope, TaskId id) throws IOException {
    try (var turn = removal.turns().take(id)) {
      Optional<TaskRow> row = TaskRow.find(parts.table(), scope, id.container());
      if (row.isPresent()) adopt(scope, row.get(), id);
    }
  }

  private void adopt(Scope scope, TaskRow row, TaskId id) throws IOException {
    Optional<Container> c = parts.containers().find(scope, row.id());
    if (row.given().isPresent() && (c.isEmpty() || row.phase() != TaskRow.Phase.DELETING)) {
      steps.task(scope, row, c.isPresent());
    } else {
      adopt(scope, row, id, c);
    }
    if (c.isEmpty() || row.phase() == TaskRow.Phase.DELETING) return;
    if (row.given().isPresent()) pipes.takeOver(scope, new RuntimeDriver(parts.drivers(), scope, c.get().runtime()), id);
    steps.added(scope, id);
  }

  private void adopt(Scope scope, TaskRow row, TaskId id, Optional<Container> c) throws IOException {
    if (row.exit().isPresent() && row.phase() != TaskRow.Phase.DELETING || lives.find(id).isPresent()) return;
    if (c.isEmpty()) {
      parts.table().change(scope, TaskRow.erase(row.id()));
      return;
    }
    if (row.phase() == TaskRow.Phase.RUNNING) {
      running(scope, row, id, new RuntimeDriver(parts.drivers(), scope, c.get().runtime()));
    } else {
      LOG.info("{} was half made or half removed; it is removed", id);
      removal.remove(scope, c.get(), true);
    }
  }

  private void running(Scope scope, TaskRow row, TaskId id, RuntimeDriver runtime) throws IOException {
    Optional<TaskState> state = state(row, id, runtime);
    if (state.isEmpty()) {
      endings.lost(scope, row);
      return;
    }
    if (state.get().status() == Status.STOPPED) {
      if (state.get().exit().isPresent()) endings.ended(scope, row, state.get().exit().get());
      else endings.lost(scope, row);
      return;
    }
    Optional<AttachedProcess> attached = pipes.takeOver(scope, runtime, id);
    lives.add(id, runtime, (int) state.get().pid(), exit -> {
      try {
        endings.ended(scope, row, exit);
      } finally {
        if (attached.isPresent()) attached.get().ended();
      }
    });
    LOG.info("{} runs, pid {}", id, state.get().pid());
  }

  /** How the process of the row is; empty where the runtime does not have it, or speaks of another process. */
  static Optional<TaskState> state(TaskRow row, TaskId id, RuntimeDriver runtime) throws IOException {
    try {
      TaskState state = runtime.state(id);
      if (speaksOf(row, state)) return Optional.of(state);
      state = runtime.state(id); // it may have ended when it was looked at, and its number be another's since
      if (speaksOf(row, state)) return Optional.of(state);
      LOG.warn("{} is said to be {} with pid {}, which is not the process that was started as pid {}: it has ended", id, state.status(),
          state.pid(), row.pid());
      return Optional.empty();
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  /** A number alone comes to mean another process, after the host was booted anew or when numbers have gone round. */
  private static boolean speaksOf(TaskRow row, TaskState state) throws IOException {
    if (state.status() == Status.STOPPED) return true;
    if (!row.bootId().equals(ProcStat.bootId())) return false;
    if (row.pid() == 0 || state.pid() == 0) return true; // a runtime that tells none
    Optional<ProcStat> now = ProcStat.of((int) state.pid());
    return now.isEmpty() || now.get().pid() == row.pid() && now.get().startTicks() == row.startTicks(); // its keeper knows how it ended
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
