package io.gantry.grpc;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * The streams that are open, by namespace and name. A call that names none, and a stream that no transfer takes, end after a time; how many
 * of them wait in a namespace, and how many there are at all, is bounded.
 */
final class Streams {
  /** How many may be open at once, over all namespaces. */
  static final int MOST = 4_000;

  /** How many of a namespace may wait for their first message or their transfer. */
  static final int MOST_WAITING = 500;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._=-]{0,255}");

  /**
   * How long is waited for a client.
   *
   * @param unnamed from the call to its first message, which names the stream
   * @param untaken from then on to the transfer
   */
  record Patience(Duration unnamed, Duration untaken) {}

  private record Key(String namespace, String name) {}

  private record Entry(NamedStream stream, Place place) {}

  private final Patience patience;
  private final ConcurrentMap<Key, Entry> open = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Integer> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger all = new AtomicInteger();

  Streams(Patience patience) {
    this.patience = patience;
  }

  /** A call's place among all, and, until a transfer takes its stream, among those of its namespace that wait. Thread-safe. */
  final class Place {
    private final Scope scope;
    private final AtomicBoolean waits = new AtomicBoolean(true);
    private final AtomicBoolean held = new AtomicBoolean(true);

    private Place(Scope scope) {
      this.scope = scope;
    }

    private void taken() {
      if (waits.getAndSet(false)) waiting.computeIfPresent(scope.namespace(), (n, count) -> count == 1 ? null : count - 1);
    }

    /** Gives it free. Again is no error. */
    void leave() {
      taken();
      if (held.getAndSet(false)) all.decrementAndGet();
    }
  }

  /**
   * A place for a call, to be left at its end.
   *
   * @throws ExhaustedException too many are open, or wait in this namespace
   */
  Place enter(Scope scope) throws ExhaustedException {
    var place = new Place(scope);
    if (waiting.merge(scope.namespace(), 1, Integer::sum) > MOST_WAITING) {
      place.taken();
      throw new ExhaustedException(MOST_WAITING + " streams of namespace " + scope.namespace() + " wait for their transfers, of which no"
          + " more may; begin the transfers, or end the streams");
    }
    if (all.incrementAndGet() > MOST) {
      place.leave();
      throw new ExhaustedException(MOST + " streams are open, of which no more may be");
    }
    return place;
  }

  /** How long a call may take to its first message. */
  Duration unnamed() {
    return patience.unnamed();
  }

  /** @throws InvalidException a name has other characters, or is longer, than names have */
  static String checked(String name) throws InvalidException {
    if (NAME.matcher(name).matches()) return name;
    throw new InvalidException("stream '" + (name.length() > 40 ? name.substring(0, 40) + "…" : name)
        + "': a name is letters and digits, then also . _ = -, at most 256");
  }

  /**
   * Makes it known.
   *
   * @throws AlreadyExistsException another one of this name is open
   * @throws InvalidException the name is none
   */
  void add(Place place, NamedStream stream) throws IOException {
    checked(stream.name());
    if (open.putIfAbsent(key(place, stream), new Entry(stream, place)) != null) {
      throw new AlreadyExistsException("stream '" + stream.name() + "' is open already in namespace " + place.scope.namespace());
    }
    Thread.ofVirtual().name("api-stream-" + stream.name()).start(() -> await(stream));
  }

  private static Key key(Place place, NamedStream stream) {
    return new Key(place.scope.namespace(), stream.name());
  }

  private void await(NamedStream stream) {
    try {
      if (stream.awaitTaken(patience.untaken())) return;
      stream.fail(new UnavailableException("stream '" + stream.name() + "': no transfer took it within " + patience.untaken().toSeconds()
          + " s"));
    } catch (InterruptedException e) {
      stream.fail(e);
    }
  }

  /** When it is over; its place is left. */
  void remove(Place place, NamedStream stream) {
    open.remove(key(place, stream), new Entry(stream, place));
    place.leave();
  }

  /**
   * Gives it to a transfer, which ends it.
   *
   * @throws NotFoundException none of that name is open in the namespace
   * @throws ConflictException another transfer has it, or this one for something else
   */
  NamedStream take(Scope scope, String name) throws IOException {
    Entry found = open.get(new Key(scope.namespace(), name));
    if (found == null) {
      throw new NotFoundException("stream '" + name + "' is not open in namespace " + scope.namespace()
          + "; a client opens it before the transfer that names it");
    }
    if (!found.stream.take()) throw new ConflictException("stream '" + name + "' is in use already");
    found.place.taken();
    return found.stream;
  }
}
