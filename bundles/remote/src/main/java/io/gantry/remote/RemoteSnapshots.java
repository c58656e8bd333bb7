package io.gantry.remote;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.wire.snapshots.CleanupRequest;
import io.gantry.wire.snapshots.CommitSnapshotRequest;
import io.gantry.wire.snapshots.Info;
import io.gantry.wire.snapshots.ListSnapshotsRequest;
import io.gantry.wire.snapshots.MountsRequest;
import io.gantry.wire.snapshots.PrepareSnapshotRequest;
import io.gantry.wire.snapshots.RemoveSnapshotRequest;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.snapshots.StatSnapshotRequest;
import io.gantry.wire.snapshots.UpdateSnapshotRequest;
import io.gantry.wire.snapshots.UsageRequest;
import io.gantry.wire.snapshots.ViewSnapshotRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Snapshots of the other manager; their mounts are for its host. What its drivers know them by does not go over the wire. */
final class RemoteSnapshots implements Snapshots {
  private static final SnapId UNTOLD = new SnapId("untold");
  private final Link link;
  private final Plugins plugins;

  RemoteSnapshots(Link link, Plugins plugins) {
    this.link = link;
    this.plugins = plugins;
  }

  @Override
  public SnapshotInfo prepare(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    var request = PrepareSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).setParent(parent.orElse(""))
        .putAllLabels(Messages.labels(labels)).build();
    link.call(scope, SnapshotsGrpc.getPrepareMethod(), request);
    return get(scope, snapshotter, key);
  }

  @Override
  public SnapshotInfo view(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    var request = ViewSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).setParent(parent.orElse(""))
        .putAllLabels(Messages.labels(labels)).build();
    link.call(scope, SnapshotsGrpc.getViewMethod(), request);
    return get(scope, snapshotter, key);
  }

  @Override
  public List<Mount> mounts(Scope scope, String snapshotter, String key) throws IOException {
    var request = MountsRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    return link.call(scope, SnapshotsGrpc.getMountsMethod(), request).getMountsList().stream().map(Messages::mount).toList();
  }

  /** Asks for the mounts of each active snapshot. */
  @Override
  public Optional<SnapshotInfo> of(Scope scope, List<Mount> mounts) throws IOException {
    for (String snapshotter : snapshotters(scope)) {
      var active = new ArrayList<Info>();
      each(scope, snapshotter, List.of("kind==active"), active::add);
      for (Info i : active) {
        try {
          if (mounts(scope, snapshotter, i.getName()).equals(mounts)) return Optional.of(of(scope, snapshotter, i));
        } catch (NotFoundException e) {
          continue; // it went meanwhile
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public SnapshotInfo commit(Scope scope, String snapshotter, String name, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    var request = CommitSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setName(name).setKey(key).setParent(parent.orElse(""))
        .putAllLabels(Messages.labels(labels)).build();
    link.call(scope, SnapshotsGrpc.getCommitMethod(), request);
    return get(scope, snapshotter, name);
  }

  /** Where the manager tells the capability. */
  @Override
  public boolean canRebase(Scope scope, String snapshotter) {
    try {
      return plugins.snapshotters(scope).stream().anyMatch(p -> p.getId().equals(snapshotter) && p.getCapabilitiesList()
          .contains("rebase"));
    } catch (IOException e) {
      return false; // what is asked for next tells the error
    }
  }

  @Override
  public SnapshotInfo get(Scope scope, String snapshotter, String key) throws IOException {
    var request = StatSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    return of(scope, snapshotter, link.call(scope, SnapshotsGrpc.getStatMethod(), request).getInfo());
  }

  @Override
  public Optional<SnapshotInfo> find(Scope scope, String snapshotter, String key) throws IOException {
    try {
      return Optional.of(get(scope, snapshotter, key));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<SnapshotInfo> list(Scope scope, String snapshotter, String after, int max) throws IOException {
    var page = new Page<Info>(after, max);
    each(scope, snapshotter, List.of(), i -> page.add(i.getName(), i));
    var told = new ArrayList<SnapshotInfo>();
    for (Info i : page.list()) told.add(of(scope, snapshotter, i));
    return List.copyOf(told);
  }

  /** Takes one of many. */
  @FunctionalInterface
  private interface Each {
    void take(Info info);
  }

  private void each(Scope scope, String snapshotter, List<String> filters, Each each) throws IOException {
    var request = ListSnapshotsRequest.newBuilder().setSnapshotter(snapshotter).addAllFilters(filters).build();
    try (var pages = link.stream(scope, SnapshotsGrpc.getListMethod(), request)) {
      for (var page = pages.next(); page.isPresent(); page = pages.next()) page.get().getInfoList().forEach(each::take);
    }
  }

  @Override
  public List<String> snapshotters(Scope scope) throws IOException {
    return plugins.snapshotters(scope).stream().map(io.gantry.wire.introspection.Plugin::getId).sorted().toList();
  }

  @Override
  public SnapshotInfo label(Scope scope, String snapshotter, String key, Map<String, String> changes) throws IOException {
    return changes.isEmpty() ? get(scope, snapshotter, key) : updated(scope, snapshotter, key, changes, Messages.paths(changes));
  }

  @Override
  public SnapshotInfo relabel(Scope scope, String snapshotter, String key, Map<String, String> labels) throws IOException {
    return updated(scope, snapshotter, key, Messages.labels(labels), List.of("labels"));
  }

  private SnapshotInfo updated(Scope scope, String snapshotter, String key, Map<String, String> labels, List<String> mask)
      throws IOException {
    var info = Info.newBuilder().setName(key).putAllLabels(labels);
    var request = UpdateSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setInfo(info).setUpdateMask(Messages.mask(mask)).build();
    return of(scope, snapshotter, link.call(scope, SnapshotsGrpc.getUpdateMethod(), request).getInfo());
  }

  @Override
  public Usage usage(Scope scope, String snapshotter, String key) throws IOException {
    var request = UsageRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    var usage = link.call(scope, SnapshotsGrpc.getUsageMethod(), request);
    return new Usage(usage.getSize(), usage.getInodes());
  }

  @Override
  public void remove(Scope scope, String snapshotter, String key) throws IOException {
    link.call(scope, SnapshotsGrpc.getRemoveMethod(), RemoveSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build());
  }

  @Override
  public void cleanup(Scope scope, String snapshotter) throws IOException {
    link.call(scope, SnapshotsGrpc.getCleanupMethod(), CleanupRequest.newBuilder().setSnapshotter(snapshotter).build());
  }

  /** With the usage of a committed one, which is a record there. */
  private SnapshotInfo of(Scope scope, String snapshotter, Info i) throws IOException {
    SnapKind kind = switch (i.getKind()) {
      case VIEW -> SnapKind.VIEW;
      case ACTIVE -> SnapKind.ACTIVE;
      case COMMITTED -> SnapKind.SEALED;
      case UNKNOWN, UNRECOGNIZED -> throw new IOException("snapshot '" + i.getName() + "' is of kind " + i.getKindValue()
          + ", which is none of VIEW, ACTIVE and COMMITTED");
    };
    Optional<Usage> usage = Optional.empty();
    if (kind == SnapKind.SEALED) {
      try {
        usage = Optional.of(usage(scope, snapshotter, i.getName()));
      } catch (NotFoundException e) {
        usage = Optional.empty(); // it went meanwhile
      }
    }
    return new SnapshotInfo(snapshotter, i.getName(), UNTOLD, kind, Optional.of(i.getParent()).filter(p -> !p.isEmpty()),
        Messages.labels(i.getLabelsMap()), usage, Messages.time(i.getCreatedAt()), Messages.time(i.getUpdatedAt()));
  }
}
