package io.gantry.service.event;

import io.gantry.api.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** One feed of what happened. The last ones are kept, so that a slow reader loses nothing but what is older. */
@ProviderType
public interface Events {
  /** Adds one; never blocks on a reader. The type is {@code containerd.events.NAME} for the topic; {@code fields} become its JSON. */
  void publish(Scope scope, String topic, Map<String, ?> fields);

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
