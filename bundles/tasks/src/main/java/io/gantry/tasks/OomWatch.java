package io.gantry.tasks;

import io.gantry.linux.EventFd;
import io.gantry.linux.Poll;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has containers looked at when the kernel says that their memory is out, all on one thread. It may say so before it counts what it kills,
 * so each is looked at several times, and its alarm is not heard meanwhile: one that is out of memory all the time takes no more. The
 * monitor guards the map; the listener is called without it, on a virtual thread of its own.
 */
final class OomWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OomWatch.class);
  /** When one is looked at after an alarm: before the kernel kills, it tells the console of all processes, which may be slow. */
  static final long[] LOOKS_MILLIS = {2, 20, 50, 100, 150, 200, 300, 400, 500, 700, 1000};

  private static final Duration EVER = Duration.ofDays(365);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(3);

  /** A container. Its fields are the thread's alone, once it is in the map. */
  private static final class Watched {
    final OomAlarm alarm;
    long rangAt;
    /** Which look comes next; none after the last. */
    int look;

    Watched(OomAlarm alarm) {
      this.alarm = alarm;
      look = LOOKS_MILLIS.length - 1; // one look: memory may have been out before
      rangAt = System.nanoTime() - LOOKS_MILLIS[look] * 1_000_000;
    }

    boolean isHeard() {
      return look == LOOKS_MILLIS.length;
    }

    void ring() {
      look = 0;
      rangAt = System.nanoTime();
    }

    long nanosToLook() {
      return rangAt + LOOKS_MILLIS[look] * 1_000_000 - System.nanoTime();
    }
  }

  private final Map<TaskId, Watched> watched = new HashMap<>();
  private final EventFd news;
  private final Consumer<TaskId> killed;
  private final Thread thread;
  private boolean failed;
  private volatile boolean closed;

  /** @param killed called when processes of a container may have been killed, several times for one kill */
  OomWatch(Consumer<TaskId> killed) throws IOException {
    this.news = new EventFd();
    this.killed = killed;
    this.thread = Thread.ofPlatform().daemon().name("tasks-oom").start(this::loop);
  }

  /**
   * Watches the cgroup that the first process of a container is in, from the next moment on; what happened before is looked at. Where no
   * cgroup tells anything, or there is no descriptor left, nothing is watched.
   */
  void watch(TaskId id, int pid) {
    try {
      Optional<OomAlarm> alarm = OomAlarm.of(pid);
      if (alarm.isPresent()) watch(id, alarm.get());
    } catch (IOException e) {
      LOG.warn("the kernel does not tell when the memory of {} is out, so it is looked at every few seconds: {}", id, e.getMessage());
    }
  }

  synchronized void watch(TaskId id, OomAlarm alarm) throws IOException {
    if (closed) {
      alarm.close();
      return;
    }
    Watched before = watched.put(id, new Watched(alarm));
    if (before != null) before.alarm.close();
    news.wake();
  }

  synchronized void forget(TaskId id) {
    Watched w = watched.remove(id);
    if (w == null) return;
    w.alarm.close();
    try {
      news.wake(); // the kernel keeps what is polled
    } catch (IOException e) {
      LOG.debug("what was told of the memory of {} is kept until the next alarm: {}", id, e.toString());
    }
  }

  private void loop() {
    while (!closed) {
      var heard = new ArrayList<TaskId>();
      int[] fds;
      int[] events;
      long wait = EVER.toNanos();
      synchronized (this) {
        for (var each : watched.entrySet()) {
          if (!each.getValue().isHeard()) wait = Math.min(wait, look(each.getKey(), each.getValue()));
          if (each.getValue().isHeard()) heard.add(each.getKey());
        }
        fds = new int[heard.size() + 1];
        events = new int[fds.length];
        fds[0] = news.raw();
        events[0] = Poll.IN;
        for (int i = 0; i < heard.size(); i++) {
          OomAlarm alarm = watched.get(heard.get(i)).alarm;
          fds[i + 1] = alarm.raw();
          events[i + 1] = alarm.event();
        }
      }
      poll(heard, fds, events, Duration.ofNanos(wait));
    }
  }

  /** @return nanoseconds to the next look, at least a millisecond */
  private long look(TaskId id, Watched w) {
    if (w.nanosToLook() <= 0) {
      w.look++;
      Thread.ofVirtual().name("task-oom-" + id).start(() -> killed.accept(id));
    }
    return w.isHeard() ? Long.MAX_VALUE : Math.max(1_000_000, w.nanosToLook());
  }

  private void poll(List<TaskId> heard, int[] fds, int[] events, Duration wait) {
    try {
      boolean[] ready = Poll.ready(fds, events, wait);
      if (ready[0]) news.clear();
      for (int i = 0; i < heard.size(); i++) if (ready[i + 1]) ring(heard.get(i));
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        LOG.warn("cannot wait for {} cgroups at once, so each is looked at every few seconds until that is possible again", heard.size(),
            e);
      }
      failed = true;
      LockSupport.parkNanos(AFTER_FAILURE.toNanos());
    }
  }

  private synchronized void ring(TaskId id) {
    Watched w = watched.get(id);
    if (w == null) return;
    boolean quiet = false;
    try {
      quiet = w.alarm.quieten();
    } catch (IOException e) {
      LOG.warn("the kernel does not tell any more when the memory of {} is out, so it is looked at every few seconds: {}", id,
          e.getMessage());
    }
    if (quiet) w.ring();
    else watched.remove(id).alarm.close();
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
      watched.values().forEach(w -> w.alarm.close());
      watched.clear();
      news.close();
    }
  }
}
