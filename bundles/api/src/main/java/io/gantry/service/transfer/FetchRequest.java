package io.gantry.service.transfer;

import io.gantry.api.Platform;
import io.gantry.api.Reference;
import java.util.List;
import java.util.Optional;

/**
 * An image to fetch.
 *
 * @param reference which
 * @param platforms for which platforms, of each what fits it best; empty for all that it names, artifacts beside its images too
 * @param naming the records it gets
 * @param logins who is asked for credentials of registries; empty for the manager's own
 */
public record FetchRequest(Reference reference, List<Platform> platforms, Naming naming, Optional<Logins> logins) {
  public FetchRequest {
    platforms = List.copyOf(platforms);
  }

  /** Under its own name, with the manager's credentials. */
  public FetchRequest(Reference reference, List<Platform> platforms) {
    this(reference, platforms, Naming.own(), Optional.empty());
  }

  /** For this machine. */
  public static FetchRequest of(Reference reference) {
    return new FetchRequest(reference, List.of(Platform.host()));
  }
}
