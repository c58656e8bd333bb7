package io.gantry.service.driver;

import io.gantry.api.Scope;
import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/** How long borrows waited for a driver that was being replaced or activated; a borrow that did not wait is not in it. */
@ProviderType
public interface Stalls {
  /**
   * What was seen since the last {@link #reset}.
   *
   * @param count borrows that waited
   * @param longest wait
   * @param p50 wait that half of them did not exceed
   * @param p90 the same for nine of ten
   * @param p99 the same for 99 of 100
   */
  record Summary(long count, Duration longest, Duration p50, Duration p90, Duration p99) {}

  Summary summary(Scope scope);

  /** The same for borrows that waited for a driver of one kind. */
  Summary summary(Scope scope, String kind);

  void reset(Scope scope);
}
