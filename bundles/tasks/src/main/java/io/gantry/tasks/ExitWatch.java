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

  private static final Logger LOG = LoggerFactory.getLogger(ExitWatch.class);
  private final Map<TaskId, Pidfd> watched = new HashMap<>();
  private final EventFd news;
  private final Consumer<TaskId> ended;
  private final Consumer<TaskId> look;
  private final Thread thread;
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
      } catch (IOException e) {
        LOG.debug("a watched process went away while it was waited for: {}", e.toString());
      }
      if (System.nanoTime() - looked > LOOK.toNanos()) {
        looked = System.nanoTime();
        for (TaskId id : ids) Thread.ofVirtual().name("task-look-" + id).start(() -> look.accept(id));
      }
    }
  }

  private void tell(TaskId id) {
    synchronized (this) {
      Pidfd fd = watched.get(id);
      try {
        if (fd == null || !fd.ended()) return; // another process has its number's place by now
      } catch (IOException e) {
        LOG.debug("{} cannot be looked at, taken for ended: {}", id, e.toString());
      }
      forget(id);
    }
    Thread.ofVirtual().name("task-exit-" + id).start(() -> ended.accept(id));
  }

  @Override
  public void close() throws IOException {
    closed = true;
    news.wake();
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
