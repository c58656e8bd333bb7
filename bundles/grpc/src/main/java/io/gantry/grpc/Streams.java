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
import java.util.regex.Pattern;

/** The streams that are open, by namespace and name. One that no transfer takes ends after a time. */
final class Streams {
  /** How many may be open at once, over all namespaces. */
  static final int MOST = 10_000;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._=-]{0,255}");

  private record Key(String namespace, String name) {}

  private final Duration untaken;
  private final ConcurrentMap<Key, NamedStream> open = new ConcurrentHashMap<>();

  /** @param untaken how long one may wait for its transfer */
  Streams(Duration untaken) {
    this.untaken = untaken;
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
   * @throws ExhaustedException too many are open
   */
  void add(Scope scope, NamedStream stream) throws IOException {
    checked(stream.name());
    if (open.size() >= MOST) throw new ExhaustedException(MOST + " streams are open, of which no more may be");
    Key key = new Key(scope.namespace(), stream.name());
    if (open.putIfAbsent(key, stream) != null) {
      throw new AlreadyExistsException("stream '" + stream.name() + "' is open already in namespace " + scope.namespace());
    }
    Thread.ofVirtual().name("api-stream-" + stream.name()).start(() -> await(stream));
  }

  private void await(NamedStream stream) {
    try {
      if (stream.awaitTaken(untaken)) return;
      stream.fail(new UnavailableException("stream '" + stream.name() + "': no transfer took it within " + untaken.toSeconds() + " s"));
    } catch (InterruptedException e) {
      stream.fail(e);
    }
  }

  /** When it is over. */
  void remove(Scope scope, NamedStream stream) {
    open.remove(new Key(scope.namespace(), stream.name()), stream);
  }

  /**
   * Gives it to a transfer, which ends it.
   *
   * @throws NotFoundException none of that name is open in the namespace
   * @throws ConflictException another transfer has it, or this one for something else
   */
  NamedStream take(Scope scope, String name) throws IOException {
    NamedStream stream = open.get(new Key(scope.namespace(), name));
    if (stream == null) {
      throw new NotFoundException("stream '" + name + "' is not open in namespace " + scope.namespace()
          + "; a client opens it before the transfer that names it");
    }
    if (!stream.take()) throw new ConflictException("stream '" + name + "' is in use already");
    return stream;
  }
}
