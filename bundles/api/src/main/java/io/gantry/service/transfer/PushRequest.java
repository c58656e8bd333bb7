package io.gantry.service.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import java.util.Optional;

/**
 * An image to push.
 *
 * @param source its manifest or index, as the record of an image has it
 * @param reference where to; the tag, or where it has none the digest, means the image afterwards
 * @param platform of an index only the manifest for this platform is pushed, and the name means that; empty for the index with all it
 *     names
 * @param logins who is asked for credentials of registries; empty for the manager's own
 */
public record PushRequest(Descriptor source, Reference reference, Optional<Platform> platform, Optional<Logins> logins) {
  /** With the manager's credentials. */
  public PushRequest(Descriptor source, Reference reference, Optional<Platform> platform) {
    this(source, reference, platform, Optional.empty());
  }

  public static PushRequest of(Descriptor source, Reference reference) {
    return new PushRequest(source, reference, Optional.empty());
  }
}
