package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.oci.filter.Fields;
import io.gantry.oci.filter.Filter;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.Snapshotter;
import io.gantry.wire.snapshots.CleanupRequest;
import io.gantry.wire.snapshots.CommitSnapshotRequest;
import io.gantry.wire.snapshots.Info;
import io.gantry.wire.snapshots.Kind;
import io.gantry.wire.snapshots.ListSnapshotsRequest;
import io.gantry.wire.snapshots.ListSnapshotsResponse;
import io.gantry.wire.snapshots.MountsRequest;
import io.gantry.wire.snapshots.MountsResponse;
import io.gantry.wire.snapshots.PrepareSnapshotRequest;
import io.gantry.wire.snapshots.PrepareSnapshotResponse;
import io.gantry.wire.snapshots.RemoveSnapshotRequest;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.snapshots.StatSnapshotRequest;
import io.gantry.wire.snapshots.StatSnapshotResponse;
import io.gantry.wire.snapshots.UpdateSnapshotRequest;
import io.gantry.wire.snapshots.UpdateSnapshotResponse;
import io.gantry.wire.snapshots.UsageRequest;
import io.gantry.wire.snapshots.UsageResponse;
import io.gantry.wire.snapshots.ViewSnapshotRequest;
import io.gantry.wire.snapshots.ViewSnapshotResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Snapshots by key, of each snapshotter. */
final class SnapshotsApi extends SnapshotsGrpc.SnapshotsImplBase {
  private static final int PAGE = 100;
  private final Snapshots snapshots;
  private final Drivers drivers;

  SnapshotsApi(Snapshots snapshots, Drivers drivers) {
    this.snapshots = snapshots;
    this.drivers = drivers;
  }

  @Override
  public void prepare(PrepareSnapshotRequest r, StreamObserver<PrepareSnapshotResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      snapshots.prepare(scope, known(scope, r.getSnapshotter()), r.getKey(), optional(r.getParent()), r.getLabelsMap());
      return PrepareSnapshotResponse.newBuilder().addAllMounts(mounts(scope, r.getSnapshotter(), r.getKey())).build();
    });
  }

  @Override
  public void view(ViewSnapshotRequest r, StreamObserver<ViewSnapshotResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      snapshots.view(scope, known(scope, r.getSnapshotter()), r.getKey(), optional(r.getParent()), r.getLabelsMap());
      return ViewSnapshotResponse.newBuilder().addAllMounts(mounts(scope, r.getSnapshotter(), r.getKey())).build();
    });
  }

  @Override
  public void mounts(MountsRequest r, StreamObserver<MountsResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      return MountsResponse.newBuilder().addAllMounts(mounts(scope, known(scope, r.getSnapshotter()), r.getKey())).build();
    });
  }

  private List<io.gantry.wire.types.Mount> mounts(Scope scope, String snapshotter, String key) throws IOException {
    return snapshots.mounts(scope, snapshotter, key).stream().map(Mounted::wire).toList();
  }

  @Override
  public void commit(CommitSnapshotRequest r, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      snapshots.commit(scope, known(scope, r.getSnapshotter()), r.getName(), r.getKey(), optional(r.getParent()), r.getLabelsMap());
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void remove(RemoveSnapshotRequest r, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      snapshots.remove(scope, known(scope, r.getSnapshotter()), r.getKey());
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void stat(StatSnapshotRequest r, StreamObserver<StatSnapshotResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      return StatSnapshotResponse.newBuilder().setInfo(info(snapshots.get(scope, known(scope, r.getSnapshotter()), r.getKey()))).build();
    });
  }

  @Override
  public void update(UpdateSnapshotRequest r, StreamObserver<UpdateSnapshotResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Map<String, String> labels = r.getInfo().getLabelsMap();
      Optional<Map<String, String>> changes = Masks.labels(r.getUpdateMask(), labels);
      String snapshotter = known(scope, r.getSnapshotter());
      SnapshotInfo updated = changes.isEmpty() ? snapshots.relabel(scope, snapshotter, r.getInfo().getName(), labels)
          : snapshots.label(scope, snapshotter, r.getInfo().getName(), changes.get());
      return UpdateSnapshotResponse.newBuilder().setInfo(info(updated)).build();
    });
  }

  @Override
  public void list(ListSnapshotsRequest r, StreamObserver<ListSnapshotsResponse> out) {
    Outflow.start(out, "api-snapshots-list", to -> {
      Scope scope = Calls.scope();
      String snapshotter = known(scope, r.getSnapshotter());
      Filter filter = Filter.parse(r.getFiltersList());
      String after = "";
      for (List<SnapshotInfo> page = snapshots.list(scope, snapshotter, after, PAGE); !page.isEmpty();
          page = snapshots.list(scope, snapshotter, after, PAGE)) {
        after = page.getLast().key();
        List<Info> wanted = page.stream().filter(s -> filter.matches(path -> field(s, path))).map(SnapshotsApi::info).toList();
        if (!wanted.isEmpty()) to.send(ListSnapshotsResponse.newBuilder().addAllInfo(wanted).build());
      }
    });
  }

  private static Optional<String> field(SnapshotInfo s, List<String> path) {
    return switch (path.getFirst()) {
      case "name" -> Optional.of(s.key());
      case "parent" -> s.parent();
      case "kind" -> Optional.of(kind(s).name().toLowerCase(Locale.ROOT));
      case "labels" -> Fields.label(s.labels(), path);
      default -> Optional.empty();
    };
  }

  @Override
  public void usage(UsageRequest r, StreamObserver<UsageResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      var usage = snapshots.usage(scope, known(scope, r.getSnapshotter()), r.getKey());
      return UsageResponse.newBuilder().setSize(usage.sizeBytes()).setInodes(usage.inodes()).build();
    });
  }

  /** Drivers remove trees when their snapshots are removed; nothing waits to be cleaned up. */
  @Override
  public void cleanup(CleanupRequest r, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      known(scope, r.getSnapshotter());
      return Empty.getDefaultInstance();
    });
  }

  /**
   * The name, where it is one that a driver has or had: one that is replaced, or away, is waited for by the service.
   *
   * @throws InvalidException none, or another
   */
  private String known(Scope scope, String snapshotter) throws IOException {
    if (snapshotter.isEmpty()) throw new InvalidException("snapshotter argument missing");
    boolean there = drivers.of(scope, Snapshotter.KIND).stream().anyMatch(d -> d.name().equals(snapshotter));
    if (there || expected(scope, snapshotter) || snapshots.snapshotters(scope).contains(snapshotter)) return snapshotter;
    throw new InvalidException("snapshotter not loaded: " + snapshotter);
  }

  private boolean expected(Scope scope, String snapshotter) {
    return drivers.list(scope).stream().map(DriverState::ref).anyMatch(d -> d.kind().equals(Snapshotter.KIND) && d.name()
        .equals(snapshotter));
  }

  private static Optional<String> optional(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static Info info(SnapshotInfo s) {
    return Info.newBuilder().setName(s.key()).setParent(s.parent().orElse("")).setKind(kind(s)).setCreatedAt(Times.of(s.created()))
        .setUpdatedAt(Times.of(s.updated())).putAllLabels(s.labels()).build();
  }

  private static Kind kind(SnapshotInfo s) {
    return switch (s.kind()) {
      case VIEW -> Kind.VIEW;
      case ACTIVE -> Kind.ACTIVE;
      case SEALED -> Kind.COMMITTED;
    };
  }
}
