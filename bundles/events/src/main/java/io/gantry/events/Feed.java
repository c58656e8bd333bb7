package io.gantry.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.event.Event;
import io.gantry.service.event.Event.Form;
import io.gantry.service.event.Events;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The feed, in memory: a ring of the last events. Readers come with a cursor and hold nothing here, so one that never reads costs nothing.
 *
 * <p>The lock guards ring, its bound and sequence; nothing is called while it is held. A changed configuration changes the bound and leaves
 * the events and their epoch; a wrong one leaves the bound, too. At the start that is the default: whoever needs events is there all the
 * same.
 */
@Component(configurationPid = "events")
@Designate(ocd = Feed.Config.class)
public final class Feed implements Events {
  /** Configuration. */
  @ObjectClassDefinition(name = "Events")
  @interface Config {
    @AttributeDefinition(min = "1", description = "How many events are kept for slow readers; default 10000") int kept() default KEPT;
  }

  private static final int KEPT = 10_000;

  /** Clients bring events of any size; ours are small. */
  private static final long KEPT_BYTES = 16L << 20;

  private static final Logger log = LoggerFactory.getLogger(Feed.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private int kept;
  private final long keptBytes;
  private final long epoch = Instant.now().toEpochMilli();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private final ArrayDeque<Event> ring = new ArrayDeque<>();
  private long sequence;
  private long bytes;

  @Activate
  public Feed(Config config) {
    this(KEPT);
    modified(config);
  }

  Feed(int kept) {
    this(kept, KEPT_BYTES);
  }

  Feed(int kept, long keptBytes) {
    this.kept = checked(kept);
    this.keptBytes = keptBytes;
  }

  private static int checked(int kept) {
    if (kept < 1) throw new IllegalArgumentException("events.cfg: kept = " + kept + ", expected at least 1");
    return kept;
  }

  @Modified
  void modified(Config config) {
    try {
      keep(checked(config.kept()));
    } catch (IllegalArgumentException e) {
      log.error("{}; what was in use before stays, at the start {}", e.getMessage(), KEPT);
    }
  }

  private void keep(int most) {
    lock.lock();
    try {
      kept = most;
      drop();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void publish(Scope scope, String topic, Map<String, ?> fields) {
    add(scope, topic, new Typed(typeName(topic), json(topic, fields)), Form.JSON);
  }

  @Override
  public void publish(Scope scope, String topic, Typed event) throws InvalidException {
    Topic.check(topic);
    int size = event.value().length;
    if (size > MAX_BYTES) {
      throw new InvalidException("event " + topic + " (" + event.typeUrl() + ") takes " + size + " bytes, at most " + MAX_BYTES
          + " are allowed");
    }
    add(scope, topic, event, Form.OPAQUE);
  }

  private void add(Scope scope, String topic, Typed event, Form form) {
    int size = size(topic, event);
    lock.lock();
    try {
      ring.addLast(new Event(epoch, ++sequence, Instant.now(), scope.namespace(), topic, event, form));
      bytes += size;
      drop();
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What an event is counted as; its array is copied out, so it is asked outside of the lock. */
  private static int size(String topic, Typed event) {
    return event.value().length + event.typeUrl().length() + topic.length();
  }

  /** Drops the oldest, the last one never. */
  private void drop() {
    while (ring.size() > kept || bytes > keptBytes && ring.size() > 1) {
      Event oldest = ring.removeFirst();
      bytes -= size(oldest.topic(), oldest.event());
    }
  }

  @Override
  public long sequence(Scope scope) {
    lock.lock();
    try {
      return sequence;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long epoch(Scope scope) {
    return epoch;
  }

  @Override
  public List<Event> after(Scope scope, long after, int max, Duration wait) throws InterruptedIOException {
    long left = wait.toNanos();
    try {
      lock.lockInterruptibly();
      try {
        while (sequence <= after && left > 0) left = grown.awaitNanos(left);
        return next(after, max);
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for an event after " + after + " was interrupted");
    }
  }

  private List<Event> next(long after, int max) {
    if (sequence <= after) return List.of();
    // The ring holds consecutive sequences, so what the reader has seen is skipped from the young end.
    int skip = (int) Math.max(0, after - (sequence - ring.size()));
    var out = new ArrayList<Event>(Math.min(max, ring.size() - skip));
    for (var it = ring.iterator(); it.hasNext() && out.size() < max; ) {
      Event e = it.next();
      if (skip-- <= 0) out.add(e);
    }
    return List.copyOf(out);
  }

  /**
   * The full name of containerd's message for a topic: {@code /images/create} is {@code containerd.services.images.v1.ImageCreate}, {@code
   * /tasks/exec-added} is {@code containerd.events.TaskExecAdded}, {@code /tasks/oom} is {@code containerd.events.TaskOOM}.
   */
  static String typeName(String topic) {
    var name = new StringBuilder();
    for (String part : topic.split("/")) {
      String singular = name.isEmpty() && part.endsWith("s") ? part.substring(0, part.length() - 1) : part;
      for (String word : singular.split("-")) {
        if (word.equals("oom")) name.append("OOM");
        else if (!word.isEmpty()) name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    return (topic.startsWith("/images/") ? "containerd.services.images.v1." : "containerd.events.") + name;
  }

  private static byte[] json(String topic, Map<String, ?> fields) {
    try {
      return JSON.writeValueAsBytes(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("event " + topic + " has fields that are no JSON: " + fields.keySet(), e);
    }
  }
}
