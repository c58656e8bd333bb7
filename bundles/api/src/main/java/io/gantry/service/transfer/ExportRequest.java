package io.gantry.service.transfer;

import io.gantry.api.Platform;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Images to write.
 *
 * @param images names of records, whole; of what a user typed {@link io.gantry.service.record.Images#resolve} makes them
 * @param platform of an index what is for this platform; empty for all that it names
 */
public record ExportRequest(List<String> images, Optional<Platform> platform, Set<Option> options) {
  /** What else may be wished. */
  public enum Option {
    /** No {@code manifest.json}, so that old versions of {@code docker load} do not read it. */
    NO_DOCKER
  }

  public ExportRequest {
    images = List.copyOf(images);
    options = Set.copyOf(options);
  }

  /** What {@code docker load} reads, too. */
  public ExportRequest(List<String> images, Optional<Platform> platform) {
    this(images, platform, Set.of());
  }
}
