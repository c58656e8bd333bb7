package io.gantry.service.transfer;

import io.gantry.api.Platform;
import io.gantry.api.Reference;
import java.util.List;

/**
 * An image to fetch.
 *
 * @param reference which
 * @param platforms for which platforms, of each what fits it best; empty for all that it names, artifacts beside its images too
 */
public record FetchRequest(Reference reference, List<Platform> platforms) {
  public FetchRequest {
    platforms = List.copyOf(platforms);
  }

  /** For this machine. */
  public static FetchRequest of(Reference reference) {
    return new FetchRequest(reference, List.of(Platform.host()));
  }
}
