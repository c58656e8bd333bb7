package io.gantry.service.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes sealed snapshots of layers, several at once where the snapshot driver can, beside their download. A snapshot is sealed only after
 * the blob's digest and the diff id were verified. The same layer asked for twice is unpacked once.
 */
@ProviderType
public interface Unpacker {
  /**
   * Progress of one layer.
   *
   * @param offset compressed bytes taken in so far
   * @param state {@code waiting}, {@code unpacking}, {@code sealing}, {@code unpacked} or {@code exists}
   * @param by driver and version at work, e.g. {@code layer/tar 1.0.0@3b281f2bcae3}
   */
  record Progress(Digest layer, String state, long offset, long total, String by) {}

  /**
   * Unpacks and blocks until all layers are sealed; interruption ends it and leaves nothing half-made.
   *
   * @return the chain id of the top layer, which is the key of its snapshot
   * @throws io.gantry.api.CorruptException a diff id differs; that snapshot is not kept
   * @throws io.gantry.api.UnsupportedException no layer driver accepts the media type
   */
  Digest unpack(Scope scope, UnpackRequest request, Consumer<Progress> progress) throws IOException;

  /**
   * How many of the layers, from the bottom up, are there as snapshots; nobody needs their bytes to unpack the others.
   *
   * @throws io.gantry.api.NotFoundException nobody knows a snapshotter of this name; one that is away is no failure
   */
  int present(Scope scope, String snapshotter, List<Digest> diffIds) throws IOException;

  /**
   * Applies one blob that the store has whole onto the tree that mounts show: those of an active snapshot, or any others that can be
   * written to. Blocks until it is done; interruption and the deadline end it. The tree is the caller's: where this fails, what was made of
   * the layer stays in it, and the caller removes it. A driver that is replaced meanwhile is not noticed.
   *
   * @param blob digest, size and media type of the layer as it is stored
   * @param mounts a single bind mount that is writable is used where its folder is, all else is mounted meanwhile
   * @return the layer uncompressed: type, digest (the diff id) and size of the tar
   * @throws io.gantry.api.NotFoundException the namespace has no such blob
   * @throws io.gantry.api.InvalidException there are no mounts, the blob has another size, or its archive is broken
   * @throws io.gantry.api.UnsupportedException no layer driver accepts the media type
   * @throws io.gantry.api.CorruptException the stored bytes have not the blob's digest
   * @throws io.gantry.api.ExhaustedException a limit of {@code unpack.cfg} is passed
   */
  Descriptor apply(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException;

  /**
   * The same, and the whole file system of the tree is on the disk when this answers. A snapshot needs it not: what is committed is on the
   * disk by that.
   *
   * @throws IOException besides, the disk failed: the layer may be lost when the power is
   */
  Descriptor applyToDisk(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException;

  /** Label of a compressed layer: the digest of its tar. */
  String UNCOMPRESSED_LABEL = "containerd.io/uncompressed";

  /**
   * Makes a layer of what one tree has changed against another, and stores it as a blob: reproducible, with times in whole seconds, without
   * names of users, of extended attributes with {@code security.capability} alone. Applied onto the lower tree it makes the upper one.
   * Blocks until it is done; interruption and the deadline end it and leave no mount, and nothing of a write that has a ref of its own. A
   * driver that is replaced meanwhile is not noticed.
   *
   * @param lower mounts of the older tree; none for an empty one
   * @param upper mounts of the newer tree, to which nobody is to write meanwhile
   * @return the blob; where it is compressed, it has the label {@link #UNCOMPRESSED_LABEL}
   * @throws io.gantry.api.UnsupportedException no layer driver writes the media type
   * @throws io.gantry.api.ConflictException a file was changed while it was read
   * @throws io.gantry.api.InvalidException there are no upper mounts, or a file's name is that of a whiteout
   * @throws io.gantry.api.UnavailableException somebody else holds the ref
   */
  Descriptor diff(Scope scope, List<Mount> lower, List<Mount> upper, DiffRequest request) throws IOException;
}
