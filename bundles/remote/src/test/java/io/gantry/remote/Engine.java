package io.gantry.remote;

import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.events.Feed;
import io.gantry.gc.GarbageCollector;
import io.gantry.grpc.ApiServer;
import io.gantry.kit.image.Programs;
import io.gantry.kit.world.Components;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.runtime.shim.ShimComponent;
import io.gantry.service.content.Contents;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.tasks.TaskService;
import io.gantry.transfer.ArchiveComponent;
import io.gantry.transfer.CredentialsComponent;
import io.gantry.transfer.ImageTreeComponent;
import io.gantry.transfer.TransferComponent;
import io.gantry.unpack.UnpackService;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A manager's core over real drivers, with its API on a real socket. */
final class Engine implements Closeable {
  final Components parts;
  final TableService table;
  final Contents contents;
  final Feed feed;
  final Path socket;

  Engine(Path root) throws IOException {
    this(root, Map.of());
  }

  /** @param more of the API's configuration */
  Engine(Path root, Map<String, String> more) throws IOException {
    Path state = Files.createDirectories(root.resolve("state"));
    parts = new Components(root);
    var context = Map.of("gantry.root", root.resolve("root").toString(), "gantry.state", state.toString());
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    parts.driver(LocalComponent.class, "content", "local", Map.of());
    parts.driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    parts.driver(OverlayComponent.class, "snapshot", "overlayfs", Map.of("gantry.features", "REBASE"));
    parts.driver(CopyComponent.class, "snapshot", "native", Map.of());
    feed = parts.start(Feed.class, Map.of());
    table = parts.start(TableService.class, Map.of());
    parts.start(NamespaceRecords.class, Map.of());
    parts.start(ImageRecords.class, Map.of());
    parts.start(ContainerRecords.class, Map.of());
    parts.start(LeaseRecords.class, Map.of());
    contents = parts.start(ContentService.class, Map.of());
    parts.start(SnapshotKeys.class, Map.of());
    parts.start(MountTable.class, context);
    parts.start(UnpackService.class, Map.of());
    if (Programs.find("containerd-shim-runc-v2").isPresent()) { // only tests of tasks need it
      parts.driver(ShimComponent.class, "runtime", "io.containerd.runc.v2", Map.of());
    }
    parts.start(ImageTreeComponent.class, Map.of());
    parts.start(CredentialsComponent.class, context);
    parts.start(TransferComponent.class, Map.of());
    parts.start(ArchiveComponent.class, Map.of());
    parts.start(TaskService.class, context);
    parts.start(GarbageCollector.class, Map.of("automatic", false));
    var api = new HashMap<>(more);
    api.putAll(context);
    parts.start(ApiServer.class, api);
    socket = state.resolve("gantry.sock");
  }

  Address address() {
    return Address.parse("unix://" + socket);
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
