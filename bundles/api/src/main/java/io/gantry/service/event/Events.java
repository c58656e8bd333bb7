package io.gantry.service.event;

import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** One feed of what happened. The last ones are kept, so that a slow reader loses nothing but what is older. */
@ProviderType
public interface Events {
  /** Largest event of a client, in bytes of its value. */
  int MAX_BYTES = 1 << 20;

  /**
   * Adds one of ours, as {@link Event.Form#JSON}; never blocks on a reader. The type is that of the topic; {@code fields} become its JSON.
   */
  void publish(Scope scope, String topic, Map<String, ?> fields);

  /**
   * Adds one that a client brought, as {@link Event.Form#OPAQUE}; never blocks on a reader.
   *
   * @param topic {@code /} and parts joined by {@code /}, each of letters and digits joined by {@code . _ -} (at most 76)
   * @throws io.gantry.api.InvalidException the topic is not so, or the event takes more than {@link #MAX_BYTES}
   */
  void publish(Scope scope, String topic, Typed event) throws InvalidException;

  /** Where the feed stands: the sequence of the last event. */
  long sequence(Scope scope);

  long epoch(Scope scope);

  /**
   * The next events of all namespaces.
   *
   * @param after sequence of the last one seen
   * @param wait how long to wait for the first; interruption ends it with InterruptedIOException
   * @return oldest first; empty where none came in time. A gap in the sequence tells that older ones were dropped
   */
  List<Event> after(Scope scope, long after, int max, Duration wait) throws IOException;
}
