package io.gantry.grpc;

import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.events.Feed;
import io.gantry.gc.GarbageCollector;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.resolver.docker.DockerResolverComponent;
import io.gantry.resolver.layout.LayoutResolverComponent;
import io.gantry.runtime.shim.ShimComponent;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.tasks.TaskService;
import io.gantry.transfer.ArchiveComponent;
import io.gantry.transfer.CredentialsComponent;
import io.gantry.transfer.ImageTreeComponent;
import io.gantry.transfer.TransferComponent;
import io.gantry.unpack.UnpackService;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A manager's core over real drivers, its API on a real socket, and a client of that. */
final class Engine implements Closeable {
  final Components parts;
  final Feed feed;
  final Path socket;
  final ArchiveComponent archives;
  final ImageRecords images;
  final LeaseRecords leases;
  final ContentService contents;
  final TableService table;
  final TaskService tasks;
  /** The manager's own folder. */
  final Path root;
  private final EpollEventLoopGroup loops = new EpollEventLoopGroup(1);
  final ManagedChannel channel;

  Engine(Path folder) throws IOException {
    Path state = Files.createDirectories(folder.resolve("state"));
    parts = new Components(folder, new LeavableDrivers()); // a client that leaves interrupts its call
    root = folder.resolve("root");
    var context = Map.of("gantry.root", root.toString(), "gantry.state", state.toString());
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    parts.driver(LocalComponent.class, "content", "local", Map.of());
    parts.driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    parts.driver(OverlayComponent.class, "snapshot", "overlayfs", Map.of("gantry.features", "REBASE"));
    parts.driver(CopyComponent.class, "snapshot", "native", Map.of());
    feed = parts.start(Feed.class, Map.of());
    table = parts.start(TableService.class, Map.of());
    parts.start(NamespaceRecords.class, Map.of());
    images = parts.start(ImageRecords.class, Map.of());
    parts.start(ContainerRecords.class, Map.of());
    leases = parts.start(LeaseRecords.class, Map.of());
    contents = parts.start(ContentService.class, Map.of());
    parts.start(SnapshotKeys.class, Map.of());
    parts.start(MountTable.class, context);
    parts.start(UnpackService.class, Map.of());
    parts.driver(ShimComponent.class, "runtime", "io.containerd.runc.v2", Map.of());
    parts.start(ImageTreeComponent.class, Map.of());
    parts.driver(DockerResolverComponent.class, "resolver", "docker", Map.of());
    parts.driver(LayoutResolverComponent.class, "resolver", "layout", Map.of("folder", folder.resolve("layouts").toString()));
    parts.start(CredentialsComponent.class, context);
    parts.start(TransferComponent.class, Map.of("retry.first", "10ms"));
    archives = parts.start(ArchiveComponent.class, Map.of());
    tasks = parts.start(TaskService.class, context);
    parts.start(GarbageCollector.class, Map.of("automatic", false));
    parts.start(ApiServer.class, context);
    socket = state.resolve("gantry.sock");
    channel = channel(socket);
  }

  /** A client of a socket, to be shut down. */
  ManagedChannel channel(Path socket) {
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile())).channelType(EpollDomainSocketChannel.class)
        .eventLoopGroup(loops).maxInboundMessageSize(Listener.MESSAGE_BYTES).usePlaintext().build();
  }

  /** Services, with memory for what clients send of its own. */
  static Listener.Offer offer(BindableService... services) {
    return new Listener.Offer(List.of(services), InflowBudget.ofHeap());
  }

  /** A stub whose calls name that namespace. */
  static <S extends AbstractStub<S>> S in(String namespace, S stub) {
    var headers = new Metadata();
    headers.put(Calls.NAMESPACE, namespace);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  @Override
  public void close() throws IOException {
    channel.shutdownNow();
    try {
      channel.awaitTermination(10, TimeUnit.SECONDS);
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    parts.close();
  }
}
