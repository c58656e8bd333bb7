package io.gantry.service.transfer;

import io.gantry.api.Platform;
import io.gantry.api.Reference;
import java.util.Optional;

/**
 * An image to pull.
 *
 * @param reference which
 * @param platform for which platform
 * @param snapshotter to unpack with; empty for the configured default
 * @param naming the records it gets
 * @param logins who is asked for credentials of registries; empty for the manager's own
 */
public record PullRequest(Reference reference, Platform platform, String snapshotter, Naming naming,
    Optional<Logins> logins) {
  /** Under its own name, with the manager's credentials. */
  public PullRequest(Reference reference, Platform platform, String snapshotter) {
    this(reference, platform, snapshotter, Naming.own(), Optional.empty());
  }

  public static PullRequest of(Reference reference) {
    return new PullRequest(reference, Platform.host(), "");
  }
}
