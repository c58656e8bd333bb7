package io.gantry.service.transfer;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Moves images between registries and the content store. */
@ProviderType
public interface Transfers {
  /**
   * Pulls an image for one platform and unpacks it. The record of the image is written last. What is there already is neither fetched nor
   * unpacked. Blocks; interruption ends it and keeps what can be resumed.
   *
   * @throws io.gantry.api.NotFoundException unknown image or tag, or nothing for that platform
   * @throws io.gantry.api.DeniedException the registry refuses
   * @throws io.gantry.api.UnavailableException the registry cannot be reached
   * @throws io.gantry.api.CorruptException it sent something else than promised
   */
  Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException;
}
