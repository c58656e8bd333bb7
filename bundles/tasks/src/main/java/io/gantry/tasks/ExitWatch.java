package io.gantry.tasks;

import io.gantry.linux.EventFd;
import io.gantry.linux.Pidfd;
import io.gantry.linux.Poll;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches processes by descriptor, all on one thread. The monitor guards the map; listeners are called without it, each on a virtual thread
 * of its own.
 */
final class ExitWatch implements AutoCloseable {
  /** How often all are looked at, whatever the kernel says: a keeper that died tells nothing. */
  private static final Duration LOOK = Duration.ofSeconds(3);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);

  private static final Logger LOG = LoggerFactory.getLogger(ExitWatch.class);
  private final Map<TaskId, Pidfd> watched = new HashMap<>();
  private final EventFd news;
  private final Consumer<TaskId> ended;
  private final Consumer<TaskId> look;
  private final Thread thread;
  /** After a poll that failed; of the thread alone. */
  private Duration pause = Duration.ZERO;
  private volatile boolean closed;

  /**
   * @param ended called once when a process ended
   * @param look called for each from time to time
   */
  ExitWatch(Consumer<TaskId> ended, Consumer<TaskId> look) throws IOException {
    this.news = new EventFd();
    this.ended = ended;
    this.look = look;
    this.thread = Thread.ofPlatform().daemon().name("tasks-exits").start(this::loop);
  }

  /** @throws io.gantry.linux.ErrnoException ESRCH: it has ended already */
  void watch(TaskId id, int pid) throws IOException {
    Pidfd fd = Pidfd.open(pid);
    synchronized (this) {
      Pidfd before = watched.put(id, fd);
      if (before != null) before.close();
    }
    news.wake();
  }

  synchronized void forget(TaskId id) {
    Pidfd fd = watched.remove(id);
    if (fd != null) fd.close();
  }

  private void loop() {
    long looked = System.nanoTime();
    while (!closed) {
      List<TaskId> ids;
      int[] fds;
      synchronized (this) {
        ids = new ArrayList<>(watched.keySet());
        fds = new int[ids.size() + 1];
        fds[0] = news.raw();
        for (int i = 0; i < ids.size(); i++) fds[i + 1] = watched.get(ids.get(i)).raw();
      }
      try {
        boolean[] ready = Poll.readable(fds, LOOK);
        if (ready[0]) news.clear();
        for (int i = 0; i < ids.size(); i++) if (ready[i + 1]) tell(ids.get(i));
        pause = Duration.ZERO;
      } catch (IOException e) {
        oneByOne(ids, e);
      }
      if (System.nanoTime() - looked > LOOK.toNanos()) {
        looked = System.nanoTime();
        for (TaskId id : ids) Thread.ofVirtual().name("task-look-" + id).start(() -> look.accept(id));
      }
    }
  }

  /**
   * The kernel does not wait for all at once, for want of memory or by a limit that was lowered: each is looked at, more and more seldom.
   */
  private void oneByOne(List<TaskId> ids, IOException e) {
    if (pause.isZero()) {
      pause = FIRST_PAUSE;
      LOG.warn("cannot wait for {} processes at once, so each is looked at up to every {} s until that is possible again", ids.size(),
          LOOK.toSeconds(), e);
    }
    ids.forEach(this::tell);
    LockSupport.parkNanos(pause.toNanos());
    pause = pause.multipliedBy(2).compareTo(LOOK) < 0 ? pause.multipliedBy(2) : LOOK;
  }

  private void tell(TaskId id) {
    synchronized (this) {
      Pidfd fd = watched.get(id);
      try {
        if (fd == null || !fd.ended()) return; // another process has its number's place by now
      } catch (IOException e) {
        LOG.debug("{} cannot be looked at, and is again later: {}", id, e.toString());
        return;
      }
      forget(id);
    }
    Thread.ofVirtual().name("task-exit-" + id).start(() -> ended.accept(id));
  }

  @Override
  public void close() throws IOException {
    closed = true;
    news.wake();
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      watched.values().forEach(Pidfd::close);
      watched.clear();
    }
    news.close();
  }
}
