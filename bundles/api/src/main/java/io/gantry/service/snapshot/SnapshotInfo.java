package io.gantry.service.snapshot;

import io.gantry.api.Usage;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot by its key.
 *
 * @param key unique for its snapshotter and namespace; a chain id for unpacked layers
 * @param id what the driver knows it by
 * @param parent key of its parent
 * @param usage of the layer alone, once sealed
 */
public record SnapshotInfo(
    String snapshotter, String key, SnapId id, SnapKind kind, Optional<String> parent, Map<String, String> labels, Optional<Usage> usage,
    Instant created, Instant updated) {
  public SnapshotInfo {
    labels = Map.copyOf(labels);
  }
}
