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

  /**
   * Pushes an image that is in the store: blobs several at once, then what names them, the target last, so that the name never means
   * something that is not whole. What the registry has is not sent, and what another of its repositories has, as labels of the blobs tell,
   * is mounted from there. Layers that may not be passed on are left out. Blocks; interruption ends it.
   *
   * @throws io.gantry.api.NotFoundException something of the image is not in the store, or nothing is for the platform, which is told
   *     before anything is sent; or the registry has no such repository
   * @throws io.gantry.api.DeniedException the registry refuses
   * @throws io.gantry.api.UnavailableException the registry cannot be reached
   * @throws io.gantry.api.CorruptException a blob in the store is not what its digest says, or the registry took something else
   * @throws io.gantry.api.UnsupportedException the resolver driver does not push, or the registry takes no pushes
   */
  Pushed push(Scope scope, PushRequest request, Consumer<Progress> progress) throws IOException;
}
