package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import io.gantry.api.Scope;
import io.gantry.service.record.Table.Change;
import io.gantry.wire.containers.Container;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.containers.CreateContainerRequest;
import io.gantry.wire.containers.DeleteContainerRequest;
import io.gantry.wire.containers.GetContainerRequest;
import io.gantry.wire.containers.ListContainersRequest;
import io.gantry.wire.containers.UpdateContainerRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.InfoRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.images.CreateImageRequest;
import io.gantry.wire.images.DeleteImageRequest;
import io.gantry.wire.images.GetImageRequest;
import io.gantry.wire.images.Image;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.images.ListImagesRequest;
import io.gantry.wire.images.UpdateImageRequest;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.introspection.Plugin;
import io.gantry.wire.introspection.PluginInfoRequest;
import io.gantry.wire.introspection.PluginsRequest;
import io.gantry.wire.leases.AddResourceRequest;
import io.gantry.wire.leases.CreateRequest;
import io.gantry.wire.leases.DeleteRequest;
import io.gantry.wire.leases.DeleteResourceRequest;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListRequest;
import io.gantry.wire.leases.ListResourcesRequest;
import io.gantry.wire.leases.Resource;
import io.gantry.wire.namespaces.CreateNamespaceRequest;
import io.gantry.wire.namespaces.DeleteNamespaceRequest;
import io.gantry.wire.namespaces.ListNamespacesRequest;
import io.gantry.wire.namespaces.Namespace;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.types.Descriptor;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Names, leases, namespaces and containers over the wire. */
class RecordsApiTest {
  private static final String DIGEST = "sha256:" + "1234567890abcdef".repeat(4);
  @TempDir Path root;
  private Engine engine;
  private ImagesGrpc.ImagesBlockingStub images;
  private ContainersGrpc.ContainersBlockingStub containers;
  private LeasesGrpc.LeasesBlockingStub leases;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    images = Engine.in("default", ImagesGrpc.newBlockingStub(engine.channel));
    containers = Engine.in("default", ContainersGrpc.newBlockingStub(engine.channel));
    leases = Engine.in("default", LeasesGrpc.newBlockingStub(engine.channel));
  }

  @AfterEach
  void close() throws IOException {
    engine.close();
  }

  private static Status.Code failure(Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus().getCode();
  }

  private static void refused(Status.Code code, String text, Executable call) {
    Status said = assertThrows(StatusRuntimeException.class, call).getStatus();
    assertEquals(code + " " + text, said.getCode() + " " + said.getDescription());
  }

  private static Image.Builder image(String name) {
    return Image.newBuilder().setName(name)
        .setTarget(Descriptor.newBuilder().setMediaType("application/vnd.oci.image.manifest.v1+json").setDigest(DIGEST).setSize(500));
  }

  private List<String> listed(String... filters) {
    return images.list(ListImagesRequest.newBuilder().addAllFilters(List.of(filters)).build()).getImagesList().stream().map(Image::getName)
        .toList();
  }

  @Test
  void imagesAreMadeFilteredChangedAndRemoved() {
    images.create(CreateImageRequest.newBuilder().setImage(image("a").putLabels("k", "v")).build());
    images.create(CreateImageRequest.newBuilder().setImage(image("b")).build());
    assertEquals(Status.Code.ALREADY_EXISTS, failure(() -> images.create(CreateImageRequest.newBuilder().setImage(image("a")).build())));
    assertEquals(List.of("a", "b"), listed());
    assertEquals(List.of("a"), listed("labels.k==v"));
    assertEquals(List.of("b"), listed("name==b"));
    assertEquals(List.of("a", "b"), listed("name==a", "target.digest==" + DIGEST));
    assertEquals(List.of(), listed("name==a,labels.k!=v"));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> listed("name~=(")));
    Image other = image("a").putLabels("n", "w").setTarget(image("x").getTarget().toBuilder().setSize(7)).build();
    UpdateImageRequest.Builder update = UpdateImageRequest.newBuilder().setImage(other);
    Image labelled = images.update(update.setUpdateMask(FieldMask.newBuilder().addPaths("labels.n")).build()).getImage();
    assertEquals(Map.of("k", "v", "n", "w"), labelled.getLabelsMap());
    assertEquals(500, labelled.getTarget().getSize());
    Image whole = images.update(update.clearUpdateMask().build()).getImage();
    assertEquals(Map.of("n", "w"), whole.getLabelsMap());
    assertEquals(7, whole.getTarget().getSize());
    Descriptor elsewhere = image("a").getTarget().toBuilder().setDigest("sha256:" + "0".repeat(64)).build();
    assertEquals(Status.Code.NOT_FOUND,
        failure(() -> images.delete(DeleteImageRequest.newBuilder().setName("b").setTarget(elsewhere).build())));
    assertEquals(List.of("a", "b"), listed());
    images.delete(DeleteImageRequest.newBuilder().setName("b").setTarget(image("b").getTarget()).build());
    assertEquals(List.of("a"), listed());
    images.delete(DeleteImageRequest.newBuilder().setName("a").build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> images.get(GetImageRequest.newBuilder().setName("a").build())));
    assertEquals(Status.Code.NOT_FOUND, failure(() -> images.delete(DeleteImageRequest.newBuilder().setName("a").build())));
  }

  /** Only labels need to be there for a change of labels. */
  @Test
  void aChangeOfLabelsNeedsNoTarget() {
    images.create(CreateImageRequest.newBuilder().setImage(image("a")).build());
    Image labelled = images.update(UpdateImageRequest.newBuilder().setImage(Image.newBuilder().setName("a").putLabels("k", "v"))
        .setUpdateMask(FieldMask.newBuilder().addPaths("labels.k")).build()).getImage();
    assertEquals(DIGEST, labelled.getTarget().getDigest());
    assertEquals(Map.of("k", "v"), labelled.getLabelsMap());
  }

  @Test
  void anEvilExpressionIsLinear() {
    images.create(CreateImageRequest.newBuilder().setImage(image("a".repeat(3000) + "b")).build());
    var patient = images.withDeadlineAfter(Duration.ofSeconds(10).toSeconds(), TimeUnit.SECONDS);
    assertEquals(0, patient.list(ListImagesRequest.newBuilder().addFilters("name~=/^(a+)+$/").build()).getImagesCount());
  }

  @Test
  void containersComeBackByteForByte() {
    Any spec = Any.newBuilder().setTypeUrl("types.containerd.io/opencontainers/runtime-spec/1/Spec")
        .setValue(ByteString.copyFromUtf8("{\"ociVersion\":  \"1.0.2\", \"x\": [1,2]}")).build();
    Any extension = Any.newBuilder().setTypeUrl("example.com/Mine").setValue(ByteString.copyFrom(new byte[] {0, -1, 7})).build();
    Any options = Any.newBuilder().setTypeUrl("containerd.runc.v1.Options").setValue(ByteString.copyFrom(new byte[] {8, 1})).build();
    Container c = Container.newBuilder().setId("c1").setImage("a").setSpec(spec).setSnapshotter("overlayfs").setSnapshotKey("c1")
        .setRuntime(Container.Runtime.newBuilder().setName("io.containerd.runc.v2").setOptions(options)).putExtensions("mine", extension)
        .putLabels("k", "v").build();
    containers.create(CreateContainerRequest.newBuilder().setContainer(c).build());
    Container got = containers.get(GetContainerRequest.newBuilder().setId("c1").build()).getContainer();
    assertEquals(c, got.toBuilder().clearCreatedAt().clearUpdatedAt().build());
    assertTrue(got.getCreatedAt().getSeconds() > 0);
    assertEquals(1, containers.list(ListContainersRequest.newBuilder().addFilters("labels.k==v").build()).getContainersCount());
    assertEquals(0, containers.list(ListContainersRequest.newBuilder().addFilters("id==c2").build()).getContainersCount());
    assertEquals("c1", containers.listStream(ListContainersRequest.getDefaultInstance()).next().getContainer().getId());
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> containers.create(CreateContainerRequest.newBuilder()
        .setContainer(Container.newBuilder(c).setId("c2").clearSpec()).build())));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> containers.create(CreateContainerRequest.newBuilder()
        .setContainer(Container.newBuilder(c).setId("c2").clearRuntime()).build())));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> containers.create(CreateContainerRequest.newBuilder()
        .setContainer(Container.newBuilder(c).setId("../c")).build())));
    Container updated = containers.update(UpdateContainerRequest.newBuilder().setContainer(Container.newBuilder().setId("c1")
        .putLabels("n", "w")).setUpdateMask(FieldMask.newBuilder().addPaths("labels")).build()).getContainer();
    assertEquals(Map.of("n", "w"), updated.getLabelsMap());
    assertEquals(spec, updated.getSpec());
  }

  /** So that a reader who stands still costs a page and not the table. */
  @Test
  void aStreamOfContainersIsReadAsItIsTaken() {
    int many = 120;
    Any spec = Any.newBuilder().setTypeUrl("example.com/Spec").setValue(ByteString.copyFrom(new byte[1 << 16])).build();
    for (int i = 0; i < many; i++) {
      containers.create(CreateContainerRequest.newBuilder().setContainer(Container.newBuilder().setId("c%03d".formatted(i)).setSpec(spec)
          .setRuntime(Container.Runtime.newBuilder().setName("io.containerd.runc.v2"))).build());
    }
    var stream = containers.listStream(ListContainersRequest.getDefaultInstance());
    assertEquals("c000", stream.next().getContainer().getId());
    containers.delete(DeleteContainerRequest.newBuilder().setId("c119").build());
    for (int i = 1; i < many - 1; i++) assertEquals("c%03d".formatted(i), stream.next().getContainer().getId());
    assertFalse(stream.hasNext(), "the last was removed long before its page");
  }

  /** Lists go on without it; it goes by its id, but not while it may run. */
  @Test
  void aDamagedContainerIsDeleted() throws Exception {
    Any spec = Any.newBuilder().setTypeUrl("example.com/Spec").build();
    for (String id : List.of("bad", "c", "runs")) {
      containers.create(CreateContainerRequest.newBuilder().setContainer(Container.newBuilder().setId(id).setSpec(spec)
          .setRuntime(Container.Runtime.newBuilder().setName("io.containerd.runc.v2"))).build());
      if (!id.equals("c")) row("container", id, "{");
    }
    row("task", "runs", "{"); // which would tell
    assertEquals(1, containers.list(ListContainersRequest.getDefaultInstance()).getContainersCount());
    GetContainerRequest get = GetContainerRequest.newBuilder().setId("bad").build();
    assertEquals(Status.Code.DATA_LOSS, failure(() -> containers.get(get)));
    containers.delete(DeleteContainerRequest.newBuilder().setId("bad").build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> containers.get(get)));
    assertEquals(Status.Code.DATA_LOSS, failure(() -> containers.delete(DeleteContainerRequest.newBuilder().setId("runs").build())));
    assertEquals(Status.Code.DATA_LOSS, failure(() -> containers.get(GetContainerRequest.newBuilder().setId("runs").build())), "it stays");
    assertEquals("c", containers.get(GetContainerRequest.newBuilder().setId("c").build()).getContainer().getId());
  }

  private void row(String table, String id, String json) throws IOException {
    engine.table.change(Scope.root(), List.of(new Change(table, id, -1, Optional.of(json.getBytes(StandardCharsets.UTF_8)))));
  }

  /** What its mask does not name is left empty by clients. */
  @Test
  void whatCannotBeChangedOfAnImageIsRefused() {
    images.create(CreateImageRequest.newBuilder().setImage(image("a")).build());
    for (String field : List.of("name", "created_at", "target.size")) {
      refused(Status.Code.INVALID_ARGUMENT, "cannot update \"" + field + "\" field on image \"a\": invalid argument",
          () -> images.update(UpdateImageRequest.newBuilder().setImage(Image.newBuilder().setName("a"))
              .setUpdateMask(FieldMask.newBuilder().addPaths(field)).build()));
    }
    UpdateImageRequest.Builder unnamed = UpdateImageRequest.newBuilder();
    refused(Status.Code.INVALID_ARGUMENT, "Image.Name required: invalid argument", () -> images.update(unnamed.build()));
    refused(Status.Code.INVALID_ARGUMENT, "Image.Name required: invalid argument", () -> images.update(unnamed.setUpdateMask(FieldMask
        .newBuilder().addPaths("labels")).build()));
    refused(Status.Code.INVALID_ARGUMENT, "Image.Name required: invalid argument", () -> images.create(CreateImageRequest.newBuilder()
        .setImage(image("")).build()));
    var annotated = Image.newBuilder().setName("a").setTarget(Descriptor.newBuilder().putAnnotations("x", "y"));
    Image.Builder changed = images.update(UpdateImageRequest.newBuilder().setImage(annotated).setUpdateMask(FieldMask.newBuilder()
        .addPaths("annotations.x")).build()).getImage().toBuilder();
    assertEquals(image("a").getTarget(), changed.getTarget().toBuilder().clearAnnotations().build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> images.update(UpdateImageRequest.newBuilder().setImage(image("none")).build())));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> images.update(UpdateImageRequest.newBuilder().setImage(Image.newBuilder()
        .setName("a")).build())), "without a mask the target is replaced, and there is none");
  }

  @Test
  void leasesHoldThings() {
    leases.create(CreateRequest.newBuilder().setId("l").putLabels("a", "b").build());
    assertFalse(leases.create(CreateRequest.getDefaultInstance()).getLease().getId().isEmpty());
    assertEquals(Status.Code.ALREADY_EXISTS, failure(() -> leases.create(CreateRequest.newBuilder().setId("l").build())));
    assertEquals(1, leases.list(ListRequest.newBuilder().addFilters("labels.a==b").build()).getLeasesCount());
    Resource blob = Resource.newBuilder().setType("content").setId(DIGEST).build();
    leases.addResource(AddResourceRequest.newBuilder().setId("l").setResource(blob).build());
    assertEquals(List.of(blob), leases.listResources(ListResourcesRequest.newBuilder().setId("l").build()).getResourcesList());
    Resource nonsense = Resource.newBuilder().setType("nonsense").setId("x").build();
    refused(Status.Code.UNIMPLEMENTED, "resource type nonsense not supported yet: not implemented",
        () -> leases.addResource(AddResourceRequest.newBuilder().setId("l").setResource(nonsense).build()));
    refused(Status.Code.UNIMPLEMENTED, "resource type nonsense not supported yet: not implemented",
        () -> leases.deleteResource(DeleteResourceRequest.newBuilder().setId("l").setResource(nonsense).build()));
    assertEquals(Status.Code.NOT_FOUND, failure(() -> leases.addResource(AddResourceRequest.newBuilder().setId("none")
        .setResource(nonsense).build())));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> leases.addResource(AddResourceRequest.newBuilder().setId("l")
        .setResource(Resource.newBuilder().setType("snapshots").setId("x")).build())));
    leases.deleteResource(DeleteResourceRequest.newBuilder().setId("l").setResource(blob).build());
    assertEquals(0, leases.listResources(ListResourcesRequest.newBuilder().setId("l").build()).getResourcesCount());
    leases.delete(DeleteRequest.newBuilder().setId("l").build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> leases.delete(DeleteRequest.newBuilder().setId("l").build())));
  }

  /** A lease that is deleted synchronously takes what it alone held with it, before the call is answered. */
  @Test
  void aSynchronousDeletionCollects() throws Exception {
    leases.create(CreateRequest.newBuilder().setId("l").build());
    var headers = new Metadata();
    headers.put(Calls.NAMESPACE, "default");
    headers.put(Calls.LEASE, "l");
    WriteCall w = new WriteCall(ContentGrpc.newStub(engine.channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers)));
    w.say(WriteCall.data(0, new byte[] {1, 2, 3}).setRef("r"));
    String digest = w.say(WriteCall.message(WriteAction.COMMIT, "r").setOffset(3)).getDigest();
    var content = Engine.in("default", ContentGrpc.newBlockingStub(engine.channel));
    InfoRequest info = InfoRequest.newBuilder().setDigest(digest).build();
    images.create(CreateImageRequest.newBuilder().setImage(image("other")).build());
    images.delete(DeleteImageRequest.newBuilder().setName("other").setSync(true).build());
    assertEquals(3, content.info(info).getInfo().getSize(), "its lease holds it");
    leases.delete(DeleteRequest.newBuilder().setId("l").setSync(true).build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.info(info)));
  }

  @Test
  void aNamespaceWithRecordsStays() {
    var namespaces = NamespacesGrpc.newBlockingStub(engine.channel);
    namespaces.create(CreateNamespaceRequest.newBuilder().setNamespace(Namespace.newBuilder().setName("n").putLabels("a", "b")).build());
    Engine.in("n", ImagesGrpc.newBlockingStub(engine.channel)).create(CreateImageRequest.newBuilder().setImage(image("i")).build());
    DeleteNamespaceRequest delete = DeleteNamespaceRequest.newBuilder().setName("n").build();
    assertEquals(Status.Code.FAILED_PRECONDITION, failure(() -> namespaces.delete(delete)));
    Engine.in("n", ImagesGrpc.newBlockingStub(engine.channel)).delete(DeleteImageRequest.newBuilder().setName("i").build());
    namespaces.delete(delete);
    assertEquals(List.of(), namespaces.list(ListNamespacesRequest.getDefaultInstance()).getNamespacesList().stream()
        .filter(n -> n.getName().equals("n")).toList());
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> namespaces.create(CreateNamespaceRequest.newBuilder()
        .setNamespace(Namespace.newBuilder().setName("../x")).build())));
  }

  @Test
  void anIdThatADiskLostIsMadeAnew() throws IOException {
    Path folder = Files.createDirectory(root.resolve("lost"));
    Files.createFile(folder.resolve("uuid"));
    String made = ManagerId.in(folder);
    assertFalse(made.isEmpty());
    assertEquals(made, ManagerId.in(folder));
  }

  @Test
  void pluginsComeAndGoWithTheirDrivers() throws IOException {
    var introspection = IntrospectionGrpc.newBlockingStub(engine.channel);
    PluginsRequest request = PluginsRequest.newBuilder().addFilters("type==io.containerd.snapshotter.v1,id==overlayfs").build();
    Plugin plugin = introspection.plugins(request).getPlugins(0);
    assertEquals(1, plugin.getPlatformsCount());
    assertFalse(plugin.hasInitErr());
    assertEquals(root.resolve("root/snapshot/overlayfs").toString(), plugin.getExportsMap().get("root"));
    PluginInfoRequest unknown = PluginInfoRequest.newBuilder().setType("io.containerd.snapshotter.v1").setId("zfs").build();
    assertEquals(Status.Code.NOT_FOUND, failure(() -> introspection.pluginInfo(unknown)));
    String uuid = introspection.server(Empty.getDefaultInstance()).getUuid();
    assertEquals(Files.readString(root.resolve("root/uuid")).strip(), uuid);
    engine.close();
    engine = new Engine(root);
    var again = IntrospectionGrpc.newBlockingStub(engine.channel).server(Empty.getDefaultInstance());
    assertEquals(uuid, again.getUuid());
    assertEquals(ProcessHandle.current().pid(), again.getPid());
  }

  @Test
  void theSocketIsItsOwners() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(engine.socket)));
    assertFalse(VersionGrpc.newBlockingStub(engine.channel).version(Empty.getDefaultInstance()).getVersion().isEmpty());
  }
}
