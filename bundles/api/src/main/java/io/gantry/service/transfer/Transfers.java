package io.gantry.service.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
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
   * Brings an image's bytes into the store, all of them, and unpacks nothing. The record of the image is written last, and durable. What is
   * there already is not fetched. Blocks; interruption ends it and keeps what can be resumed.
   *
   * @return {@link Pulled#sizeBytes} is that of all that was asked for, what several platforms share counted once
   * @throws io.gantry.api.NotFoundException unknown image or tag, or nothing for one of the platforms; nothing but documents was fetched
   * then
   * @throws io.gantry.api.DeniedException the registry refuses
   * @throws io.gantry.api.UnavailableException the registry cannot be reached
   * @throws io.gantry.api.CorruptException it sent something else than promised
   * @throws io.gantry.api.ExhaustedException a document takes more than 20 MiB
   * @throws io.gantry.api.UnsupportedException it is a manifest of Docker's schema 1, or for one of the platforms an artifact that is no
   *     image
   */
  Pulled fetch(Scope scope, FetchRequest request, Consumer<Progress> progress) throws IOException;

  /**
   * Writes the bytes of one thing of an image as its registry sends them, past the store: nothing is kept. Blocks; interruption ends it.
   *
   * @param digest a manifest, config or layer that the image names; empty for what the reference itself means
   * @param to written by the calling thread; not closed
   * @return what it is, with its media type and size
   * @throws io.gantry.api.NotFoundException unknown image or tag, or the image names no such thing, which is told before anything is
   * written
   * @throws io.gantry.api.DeniedException the registry refuses
   * @throws io.gantry.api.UnavailableException the registry cannot be reached
   * @throws io.gantry.api.CorruptException it sent something else than promised; what was written so far is of no use
   * @throws io.gantry.api.ExhaustedException a document on the way to it takes more than 20 MiB, or there are more than 1000 of them
   */
  Descriptor fetchObject(Scope scope, Reference reference, Optional<Digest> digest, OutputStream to) throws IOException;

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
