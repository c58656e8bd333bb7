package io.gantry.spi.snapshot;

import java.util.List;
import java.util.Map;

/**
 * A snapshot as core hands it to a driver.
 *
 * @param id its name
 * @param parents sealed snapshots, nearest first
 * @param kind what it is at this moment
 * @param labels those of the driver's own prefix only
 * @param epoch of the borrow; names temporary files (S-7); defined at {@link io.gantry.api.DriverContext}
 */
public record Snap(SnapId id, List<SnapId> parents, SnapKind kind, Map<String, String> labels, long epoch) {
  public Snap {
    parents = List.copyOf(parents);
    labels = Map.copyOf(labels);
  }
}
