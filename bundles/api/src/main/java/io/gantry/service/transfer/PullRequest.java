package io.gantry.service.transfer;

import io.gantry.api.Platform;
import io.gantry.api.Reference;

/**
 * An image to pull.
 *
 * @param reference which
 * @param platform for which platform
 * @param snapshotter to unpack with; empty for the configured default
 */
public record PullRequest(Reference reference, Platform platform, String snapshotter) {
  public static PullRequest of(Reference reference) {
    return new PullRequest(reference, Platform.host(), "");
  }
}
