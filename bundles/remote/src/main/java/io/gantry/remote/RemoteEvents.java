package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.service.event.Event;
import io.gantry.service.event.Event.Form;
import io.gantry.service.event.Events;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.PublishRequest;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.types.Envelope;
import io.gantry.wire.version.VersionGrpc;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * What happens at the other manager, from the first question on. One subscription fills a ring that all who ask read; its epoch and its
 * sequence are made here, since the wire has none. Where the subscription broke, the question after that begins another, of a new epoch and
 * behind a gap in the sequence: what happened between the two is not known.
 *
 * <p>{@code lock} guards the ring and what is said of it; nothing is called while it is held. {@code beginning} lets one caller subscribe
 * while others wait for it.
 */
final class RemoteEvents implements Events, AutoCloseable {
  private static final int KEPT = 10_000;
  private static final int KEPT_BYTES = 16 << 20;
  private final Link link;
  private final Function<Any, Optional<byte[]>> json;
  private final ReentrantLock beginning = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Event> ring = new ArrayDeque<>();
  private long bytes;
  private long sequence;
  private long epoch;
  private Answers<Envelope> stream;
  private Optional<IOException> broken = Optional.empty();
  private boolean closed;

  RemoteEvents(Link link) {
    this(link, EventFields::json);
  }

  /** @param json reads an event; empty for one of a type that is not known */
  RemoteEvents(Link link, Function<Any, Optional<byte[]>> json) {
    this.link = link;
    this.json = json;
  }

  /** @throws UncheckedIOException the manager is not there, or does not take it */
  @Override
  public void publish(Scope scope, String topic, Map<String, ?> fields) {
    try {
      send(scope, PublishRequest.newBuilder().setTopic(topic).setEvent(EventFields.wire(topic, fields)).build());
    } catch (InvalidException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** @throws UncheckedIOException the manager is not there, or does not take it */
  @Override
  public void publish(Scope scope, String topic, Typed event) throws InvalidException {
    int size = event.value().length;
    if (size > MAX_BYTES) {
      throw new InvalidException("event " + topic + " (" + event.typeUrl() + ") takes " + size + " bytes, at most " + MAX_BYTES
          + " are allowed");
    }
    send(scope, PublishRequest.newBuilder().setTopic(topic).setEvent(Messages.wire(event)).build());
  }

  private void send(Scope scope, PublishRequest request) throws InvalidException {
    try {
      link.call(scope, EventsGrpc.getPublishMethod(), request);
    } catch (InvalidException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it cannot be told since nobody answers, the next {@link #after} says so. */
  @Override
  public long sequence(Scope scope) {
    begun(scope);
    lock.lock();
    try {
      return sequence;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long epoch(Scope scope) {
    begun(scope);
    lock.lock();
    try {
      return epoch;
    } finally {
      lock.unlock();
    }
  }

  private void begun(Scope scope) {
    try {
      begin(scope);
    } catch (IOException e) {
      lock.lock();
      try {
        broken = Optional.of(e);
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public List<Event> after(Scope scope, long after, int max, Duration wait) throws IOException {
    if (!ready(after)) begin(scope);
    long left = wait.toNanos();
    try {
      lock.lockInterruptibly();
      try {
        while ((ring.isEmpty() || ring.getLast().sequence() <= after) && stream != null && left > 0) left = changed.awaitNanos(left);
        return ring.stream().filter(e -> e.sequence() > after).limit(max).toList();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for an event after " + after + " was interrupted");
    }
  }

  /** Whether there is something to give or to wait for. What broke the subscription is told once, when all before it was taken. */
  private boolean ready(long after) throws IOException {
    lock.lock();
    try {
      if (stream != null || !ring.isEmpty() && ring.getLast().sequence() > after) return true;
      if (broken.isEmpty()) return false;
      IOException e = broken.get();
      broken = Optional.empty();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** Subscribes where nobody did. It is taken for done when another call, sent after it, was answered. */
  private void begin(Scope scope) throws IOException {
    awaitTurn(scope);
    try {
      if (running()) return;
      Scope forever = Scope.root().withNamespace(scope.namespace());
      // calls that wait for a connection may overtake each other
      link.call(scope, VersionGrpc.getVersionMethod(), Empty.getDefaultInstance());
      Answers<Envelope> fresh = link.stream(forever, EventsGrpc.getSubscribeMethod(), SubscribeRequest.getDefaultInstance());
      try {
        link.call(scope, VersionGrpc.getVersionMethod(), Empty.getDefaultInstance());
      } catch (IOException | RuntimeException e) {
        fresh.close();
        throw e;
      }
      begun(fresh);
      Thread.ofVirtual().name("remote-events").start(() -> follow(fresh));
    } finally {
      beginning.unlock();
    }
  }

  /** Another call may be subscribing, and takes the time of its own scope for it. */
  private void awaitTurn(Scope scope) throws IOException {
    try {
      if (beginning.tryLock(scope.nanosLeft(), TimeUnit.NANOSECONDS)) return;
    } catch (InterruptedException e) {
      throw link.interrupted(e);
    }
    throw new UnavailableException("the events of the manager are being subscribed to by another call, which had no answer before the"
        + " deadline of this one; see that the manager answers, and try again");
  }

  private boolean running() throws IOException {
    lock.lock();
    try {
      if (closed) throw new IOException("the connection to the manager is closed");
      return stream != null;
    } finally {
      lock.unlock();
    }
  }

  private void begun(Answers<Envelope> fresh) {
    lock.lock();
    try {
      stream = fresh;
      broken = Optional.empty();
      if (epoch > 0) sequence++;
      epoch = Math.max(epoch + 1, Instant.now().toEpochMilli());
    } finally {
      lock.unlock();
    }
  }

  private void follow(Answers<Envelope> from) {
    IOException why;
    try {
      for (var next = from.next(); next.isPresent(); next = from.next()) add(next.get());
      why = new IOException("the manager ended the subscription of events");
    } catch (IOException e) {
      why = e;
    } catch (RuntimeException | Error e) { // a heap that is full, too: this thread ends, and whoever waits for events is to know
      why = new IOException("an event of the manager cannot be read: " + e.getMessage(), e);
      from.close();
    }
    lock.lock();
    try {
      stream = null;
      broken = Optional.of(why);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void add(Envelope e) {
    Optional<byte[]> known = json.apply(e.getEvent());
    Typed typed = known.map(j -> new Typed(e.getEvent().getTypeUrl(), j)).orElseGet(() -> Messages.typed(e.getEvent()));
    Form form = known.isPresent() ? Form.JSON : Form.OPAQUE;
    lock.lock();
    try {
      ring.addLast(new Event(epoch, ++sequence, Messages.time(e.getTimestamp()), e.getNamespace(), e.getTopic(), typed, form));
      bytes += size(typed);
      while (ring.size() > KEPT || bytes > KEPT_BYTES && ring.size() > 1) bytes -= size(ring.removeFirst().event());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static int size(Typed event) {
    return event.value().length;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (stream != null) stream.close();
    } finally {
      lock.unlock();
    }
  }
}
