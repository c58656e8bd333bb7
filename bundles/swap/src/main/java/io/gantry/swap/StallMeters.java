package io.gantry.swap;

import io.gantry.service.driver.Stalls.Summary;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Waits of all borrows, and of those of each kind. */
final class StallMeters {
  private final StallMeter all = new StallMeter();
  private final Map<String, StallMeter> kinds = new ConcurrentHashMap<>();

  void waited(String kind, long nanos) {
    all.waited(nanos);
    of(kind).waited(nanos);
  }

  private StallMeter of(String kind) {
    return kinds.computeIfAbsent(kind, k -> new StallMeter());
  }

  public Summary summary() {
    return all.summary();
  }

  public Summary summary(String kind) {
    return of(kind).summary();
  }

  public void reset() {
    all.reset();
    kinds.values().forEach(StallMeter::reset);
  }
}
