package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.wire.diff.ApplyRequest;
import io.gantry.wire.diff.DiffGrpc;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Layers into snapshots, both of the other manager, which does the work; one after the other, as its own clients have it. */
final class RemoteUnpacker implements Unpacker {
  private final Link link;
  private final Snapshots snapshots;

  RemoteUnpacker(Link link, Snapshots snapshots) {
    this.link = link;
    this.snapshots = snapshots;
  }

  @Override
  public Digest unpack(Scope scope, UnpackRequest request, Consumer<Progress> progress) throws IOException {
    List<Digest> chain = Digest.chain(request.diffIds());
    int from = present(scope, request.snapshotter(), request.diffIds());
    for (int i = 0; i < chain.size(); i++) {
      Descriptor layer = request.layers().get(i);
      if (i < from) {
        progress.accept(new Progress(layer.digest(), "exists", layer.size(), layer.size(), ""));
        continue;
      }
      progress.accept(new Progress(layer.digest(), "unpacking", 0, layer.size(), ""));
      Optional<String> parent = i == 0 ? Optional.empty() : Optional.of(chain.get(i - 1).toString());
      layer(scope, request.snapshotter(), new Layer(layer, request.diffIds().get(i), chain.get(i).toString(), parent));
      progress.accept(new Progress(layer.digest(), "unpacked", layer.size(), layer.size(), ""));
    }
    return chain.getLast();
  }

  /** One to make. */
  private record Layer(Descriptor blob, Digest diffId, String name, Optional<String> parent) {}

  private void layer(Scope scope, String snapshotter, Layer layer) throws IOException {
    String key = "extract-" + UUID.randomUUID() + " " + layer.name();
    try {
      snapshots.prepare(scope, snapshotter, key, layer.parent(), Map.of(Snapshots.REF_LABEL, layer.name()));
    } catch (AlreadyExistsException e) {
      return; // somebody else made it meanwhile
    }
    try {
      Digest found = apply(scope, layer.blob(), snapshots.mounts(scope, snapshotter, key)).digest();
      if (!found.equals(layer.diffId())) {
        throw new CorruptException("layer " + layer.blob().digest() + " uncompressed", layer.diffId().toString(), found.toString());
      }
      commit(scope, snapshotter, layer, key);
    } catch (IOException | RuntimeException e) {
      CleanUp.after(e, scope, last -> snapshots.remove(last, snapshotter, key));
      throw e;
    }
  }

  private void commit(Scope scope, String snapshotter, Layer layer, String key) throws IOException {
    try {
      snapshots.commit(scope, snapshotter, layer.name(), key, layer.parent(), Map.of(Snapshots.REF_LABEL, layer.name()));
    } catch (AlreadyExistsException e) {
      snapshots.remove(scope, snapshotter, key); // another was faster
    }
  }

  @Override
  public int present(Scope scope, String snapshotter, List<Digest> diffIds) throws IOException {
    if (diffIds.isEmpty()) requireDriver(scope, snapshotter);
    List<Digest> chain = Digest.chain(diffIds);
    for (int n = chain.size(); n > 0; n--) {
      if (snapshots.find(scope, snapshotter, chain.get(n - 1).toString()).isPresent()) return n; // and so are its parents
    }
    return 0;
  }

  /** Whoever asks without layers wants to know whether there is anybody to unpack. */
  private void requireDriver(Scope scope, String snapshotter) throws IOException {
    List<String> known = snapshots.snapshotters(scope);
    if (!known.contains(snapshotter)) {
      throw new NotFoundException("there is no driver snapshot/" + snapshotter + " to unpack with; known: " + known);
    }
  }

  @Override
  public Descriptor apply(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException {
    return apply(scope, ApplyRequest.newBuilder().setDiff(Messages.wire(blob)), mounts);
  }

  /** A containerd that does not know of it, as 1.6, answers before it is on the disk. */
  @Override
  public Descriptor applyToDisk(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException {
    return apply(scope, ApplyRequest.newBuilder().setDiff(Messages.wire(blob)).setSyncFs(true), mounts);
  }

  private Descriptor apply(Scope scope, ApplyRequest.Builder request, List<Mount> mounts) throws IOException {
    mounts.forEach(m -> request.addMounts(Messages.wire(m)));
    return Messages.descriptor(link.call(scope, DiffGrpc.getApplyMethod(), request.build()).getApplied());
  }

  @Override
  public Descriptor diff(Scope scope, List<Mount> lower, List<Mount> upper, DiffRequest request) throws IOException {
    var wire = io.gantry.wire.diff.DiffRequest.newBuilder().setMediaType(request.mediaType()).putAllLabels(request.labels());
    request.ref().ifPresent(wire::setRef);
    request.sourceDateEpoch().ifPresent(t -> wire.setSourceDateEpoch(Messages.wire(t)));
    lower.forEach(m -> wire.addLeft(Messages.wire(m)));
    upper.forEach(m -> wire.addRight(Messages.wire(m)));
    return Messages.descriptor(link.call(scope, DiffGrpc.getDiffMethod(), wire.build()).getDiff());
  }
}
