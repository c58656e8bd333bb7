package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import io.gantry.api.Scope;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.world.LoopDisk;
import io.gantry.linux.Self;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table.Change;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.InfoRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.diff.ApplyRequest;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.diff.DiffRequest;
import io.gantry.wire.snapshots.CleanupRequest;
import io.gantry.wire.snapshots.CommitSnapshotRequest;
import io.gantry.wire.snapshots.Info;
import io.gantry.wire.snapshots.Kind;
import io.gantry.wire.snapshots.ListSnapshotsRequest;
import io.gantry.wire.snapshots.MountsRequest;
import io.gantry.wire.snapshots.PrepareSnapshotRequest;
import io.gantry.wire.snapshots.RemoveSnapshotRequest;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.snapshots.StatSnapshotRequest;
import io.gantry.wire.snapshots.UpdateSnapshotRequest;
import io.gantry.wire.snapshots.UsageRequest;
import io.gantry.wire.snapshots.UsageResponse;
import io.gantry.wire.snapshots.ViewSnapshotRequest;
import io.gantry.wire.types.Descriptor;
import io.gantry.wire.types.Mount;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots and layers over the wire: what a client's own unpacking does. */
class LayersApiTest {
  private static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
  @TempDir Path root;
  private Engine engine;
  private SnapshotsGrpc.SnapshotsBlockingStub snapshots;
  private DiffGrpc.DiffBlockingStub diff;
  private ContentGrpc.ContentBlockingStub content;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Self.isRoot(), "skipped: mounts need root");
    engine = new Engine(root);
    snapshots = Engine.in("default", SnapshotsGrpc.newBlockingStub(engine.channel));
    diff = Engine.in("default", DiffGrpc.newBlockingStub(engine.channel));
    content = Engine.in("default", ContentGrpc.newBlockingStub(engine.channel));
  }

  @AfterEach
  void close() throws IOException {
    if (engine != null) engine.close();
  }

  private static Status.Code failure(Executable call) {
    return status(call).getCode();
  }

  private static Status status(Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus();
  }

  private Descriptor blob(Layer layer) throws InterruptedException {
    byte[] bytes = layer.blob();
    WriteCall w = new WriteCall(Engine.in("default", ContentGrpc.newStub(engine.channel)));
    w.say(WriteCall.data(0, bytes).setRef("layer"));
    String digest = w.say(WriteCall.message(WriteAction.COMMIT, "layer").setOffset(bytes.length)).getDigest();
    return Descriptor.newBuilder().setMediaType(GZIP).setDigest(digest).setSize(bytes.length).build();
  }

  private List<Mount> prepare(String key, String parent) {
    return snapshots.prepare(PrepareSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey(key).setParent(parent)
        .putLabels("k", key).build()).getMountsList();
  }

  private void commit(String name, String key) {
    snapshots.commit(CommitSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setName(name).setKey(key).putLabels("n", name).build());
  }

  private Info stat(String key) {
    return snapshots.stat(StatSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey(key).build()).getInfo();
  }

  @Test
  void layersAreAppliedToTheMountsOfSnapshotsAndCommitted() throws Exception {
    List<Mount> bottom = prepare("extract-1", "");
    Layer base = new LayerBuilder().directory("etc", 0755).file("etc/a", "one").file("etc/b", "two").gzip();
    Descriptor applied = diff.apply(ApplyRequest.newBuilder().setDiff(blob(base)).addAllMounts(bottom).build()).getApplied();
    assertEquals(base.diffId().toString(), applied.getDigest());
    commit("one", "extract-1");
    List<Mount> top = prepare("extract-2", "one");
    assertEquals("overlay", top.getFirst().getType());
    Layer changes = new LayerBuilder().whiteout("etc/a").file("etc/c", "three").gzip();
    diff.apply(ApplyRequest.newBuilder().setDiff(blob(changes)).addAllMounts(top).build());
    commit("two", "extract-2");
    assertEquals(Kind.COMMITTED, stat("two").getKind());
    assertEquals("one", stat("two").getParent());
    assertEquals(Map.of("n", "two"), stat("two").getLabelsMap(), "labels are replaced at commit");
    List<Mount> seen = snapshots.view(ViewSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("v").setParent("two").build())
        .getMountsList();
    List<Mount> below = snapshots.view(ViewSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("w").setParent("one").build())
        .getMountsList();
    DiffRequest asked = DiffRequest.newBuilder().addAllLeft(below).addAllRight(seen).setRef("made").putLabels("mine", "yes").build();
    Descriptor made = diff.diff(asked).getDiff();
    assertEquals(GZIP, made.getMediaType());
    var info = content.info(InfoRequest.newBuilder().setDigest(made.getDigest()).build()).getInfo();
    assertEquals("yes", info.getLabelsMap().get("mine"));
    List<Mount> again = prepare("extract-3", "one");
    Descriptor back = diff.apply(ApplyRequest.newBuilder().setDiff(made).addAllMounts(again).build()).getApplied();
    assertEquals(info.getLabelsMap().get("containerd.io/uncompressed"), back.getDigest());
    String upper = again.getFirst().getOptionsList().stream().filter(o -> o.startsWith("upperdir=")).findFirst().orElseThrow().substring(9);
    assertEquals("three", Files.readString(Path.of(upper, "etc/c")));
    assertTrue(Files.exists(Path.of(upper, "etc/a")), "a whiteout, as overlayfs keeps it");
  }

  @Test
  void errorsOfSnapshots() throws Exception {
    prepare("a", "");
    assertEquals(Status.Code.ALREADY_EXISTS, failure(() -> prepare("a", "")));
    assertEquals(Status.Code.NOT_FOUND, failure(() -> prepare("b", "nosuch")));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> prepare("b", "a")), "not committed");
    commit("one", "a");
    assertEquals(Status.Code.FAILED_PRECONDITION, failure(() -> snapshots.mounts(MountsRequest.newBuilder().setSnapshotter("overlayfs")
        .setKey("one").build())));
    prepare("c", "one");
    RemoveSnapshotRequest remove = RemoveSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("one").build();
    assertEquals(Status.Code.FAILED_PRECONDITION, failure(() -> snapshots.remove(remove)));
    snapshots.remove(remove.toBuilder().setKey("c").build());
    snapshots.remove(remove);
    assertEquals(Status.Code.NOT_FOUND, failure(() -> stat("one")));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> snapshots.mounts(MountsRequest.newBuilder().setKey("x").build())));
    var other = Engine.in("other", SnapshotsGrpc.newBlockingStub(engine.channel));
    prepare("d", "");
    assertEquals(Status.Code.NOT_FOUND, failure(() -> other.stat(StatSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("d")
        .build())));
  }

  @Test
  void aSnapshotterThatNobodyHasIsNotLoaded() {
    String no = "nosuch";
    for (Executable call : List.<Executable>of(
        () -> snapshots.prepare(PrepareSnapshotRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.view(ViewSnapshotRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.mounts(MountsRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.commit(CommitSnapshotRequest.newBuilder().setSnapshotter(no).setName("n").setKey("k").build()),
        () -> snapshots.remove(RemoveSnapshotRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.stat(StatSnapshotRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.update(UpdateSnapshotRequest.newBuilder().setSnapshotter(no).setInfo(Info.newBuilder().setName("k")).build()),
        () -> snapshots.list(ListSnapshotsRequest.newBuilder().setSnapshotter(no).build()).hasNext(),
        () -> snapshots.usage(UsageRequest.newBuilder().setSnapshotter(no).setKey("k").build()),
        () -> snapshots.cleanup(CleanupRequest.newBuilder().setSnapshotter(no).build()))) {
      Status said = status(call);
      assertEquals(Status.Code.INVALID_ARGUMENT, said.getCode());
      assertEquals("snapshotter not loaded: nosuch: invalid argument", said.getDescription());
    }
  }

  @Test
  void aSnapshotterThatIsAwayIsUnavailable() {
    prepare("a", "");
    engine.parts.drivers().take(new DriverRef("snapshot", "overlayfs"));
    assertEquals(Status.Code.UNAVAILABLE, failure(() -> prepare("b", "")));
    assertEquals(List.of("a"), names(), "its records are there");
  }

  @Test
  void aViewTakesNothing() {
    prepare("a", "");
    commit("one", "a");
    snapshots.view(ViewSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("v").setParent("one").build());
    assertEquals(UsageResponse.getDefaultInstance(), snapshots.usage(UsageRequest.newBuilder().setSnapshotter("overlayfs").setKey("v")
        .build()));
  }

  @Test
  void treesThatAreNotThereAreNotFound() throws Exception {
    Mount none = Mount.newBuilder().setType("bind").setSource(root.resolve("none").toString()).addOptions("rbind").build();
    Mount there = none.toBuilder().setSource(Files.createDirectory(root.resolve("there")).toString()).build();
    Descriptor layer = blob(new LayerBuilder().file("a", "one").gzip());
    for (Executable call : List.<Executable>of(
        () -> diff.diff(DiffRequest.newBuilder().addLeft(none).addRight(none).build()),
        () -> diff.diff(DiffRequest.newBuilder().addLeft(none).addRight(there).build()),
        () -> diff.diff(DiffRequest.newBuilder().addRight(none).build()),
        () -> diff.diff(DiffRequest.newBuilder().addRight(none.toBuilder().addOptions("ro")).build()),
        () -> diff.apply(ApplyRequest.newBuilder().setDiff(layer).addMounts(none).build()))) {
      Status said = status(call);
      assertEquals(Status.Code.NOT_FOUND, said.getCode(), said.toString());
      assertTrue(said.getDescription().contains(none.getSource()) && !said.getDescription().contains("Exception"), said.toString());
    }
  }

  @Test
  void labelsFiltersAndUsage() throws Exception {
    List<Mount> mounts = prepare("a", "");
    Files.write(Path.of(mounts.getFirst().getSource(), "file"), new byte[100_000]);
    assertTrue(snapshots.usage(UsageRequest.newBuilder().setSnapshotter("overlayfs").setKey("a").build()).getSize() >= 100_000);
    commit("one", "a");
    prepare("b", "one");
    UpdateSnapshotRequest.Builder update = UpdateSnapshotRequest.newBuilder().setSnapshotter("overlayfs")
        .setInfo(Info.newBuilder().setName("b").putLabels("x", "y"));
    assertEquals(Map.of("k", "b", "x", "y"),
        snapshots.update(update.setUpdateMask(FieldMask.newBuilder().addPaths("labels.x")).build()).getInfo().getLabelsMap());
    assertEquals(Map.of("x", "y"), snapshots.update(update.clearUpdateMask().build()).getInfo().getLabelsMap());
    assertEquals(List.of("b", "one"), names());
    assertEquals(List.of("b"), names("kind==active"));
    assertEquals(List.of("b"), names("parent==one"));
    assertEquals(List.of("one"), names("labels.n==one"));
  }

  /** A list has no place for it; it goes by its key. */
  @Test
  void listsGoOnBesideADamagedRecord() throws Exception {
    prepare("a", "");
    prepare("b", "");
    engine.table.change(Scope.root(), List.of(new Change("snapshot", "overlayfs/a", -1, Optional.of(new byte[0]))));
    assertEquals(List.of("b"), names());
    assertEquals(Status.Code.DATA_LOSS, failure(() -> snapshots.stat(StatSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey(
        "a").build())));
    snapshots.remove(RemoveSnapshotRequest.newBuilder().setSnapshotter("overlayfs").setKey("a").build());
    prepare("a", "");
    assertEquals(List.of("a", "b"), names());
  }

  private List<String> names(String... filters) {
    var all = new ArrayList<String>();
    snapshots.list(ListSnapshotsRequest.newBuilder().setSnapshotter("overlayfs").addAllFilters(List.of(filters)).build())
        .forEachRemaining(page -> page.getInfoList().forEach(i -> all.add(i.getName())));
    return all;
  }

  private static Mount bind(Path tree) {
    return Mount.newBuilder().setType("bind").setSource(tree.toString()).addOptions("rbind").addOptions("rw").build();
  }

  @Test
  void syncFsIsMeant() throws Exception {
    assumeTrue(LoopDisk.missing().isEmpty(), () -> "skipped: " + LoopDisk.missing().orElseThrow());
    Path tree = Files.createDirectory(root.resolve("tree"));
    try (LoopDisk disk = LoopDisk.mount(root.resolve("disk"), tree)) {
      Descriptor one = blob(new LayerBuilder().file("a", "left in memory").gzip());
      diff.apply(ApplyRequest.newBuilder().setDiff(one).addMounts(bind(tree)).build());
      assertFalse(disk.has("left in memory"), "so that this test sees something");
      Descriptor two = blob(new LayerBuilder().file("b", "on the disk").gzip());
      diff.apply(ApplyRequest.newBuilder().setDiff(two).addMounts(bind(tree)).setSyncFs(true).build());
      assertTrue(disk.has("on the disk"));
    }
  }

  /** As of a client that may have to decrypt, and sends its keys with every layer. */
  @Test
  void payloadsAreForLayersThatNeedThem() throws Exception {
    String name = "io.containerd.ocicrypt.v1.Payload";
    Path tree = Files.createDirectory(root.resolve("tree"));
    Descriptor plain = blob(new LayerBuilder().file("a", "one").gzip());
    ApplyRequest request = ApplyRequest.newBuilder().setDiff(plain).addMounts(bind(tree))
        .putPayloads(name, Any.newBuilder().setTypeUrl(name)
        .setValue(ByteString.copyFromUtf8("{}")).build()).build();
    diff.apply(request);
    assertEquals("one", Files.readString(tree.resolve("a")));
    Status refused = status(() -> diff.apply(request.toBuilder().setDiff(plain.toBuilder().setMediaType(GZIP + "+encrypted")).build()));
    assertEquals(Status.Code.UNIMPLEMENTED, refused.getCode());
    assertTrue(refused.getDescription().contains("+encrypted") && refused.getDescription().contains("its payloads (" + name + ")"),
        refused.getDescription());
  }

  @Test
  void aLayerThatIsNoneIsRefused() throws Exception {
    List<Mount> mounts = prepare("a", "");
    Descriptor missing = Descriptor.newBuilder().setMediaType(GZIP).setDigest("sha256:" + "0".repeat(64)).setSize(3).build();
    assertEquals(Status.Code.NOT_FOUND, failure(() -> diff.apply(ApplyRequest.newBuilder().setDiff(missing).addAllMounts(mounts).build())));
    WriteCall w = new WriteCall(Engine.in("default", ContentGrpc.newStub(engine.channel)));
    w.say(WriteCall.data(0, ByteString.copyFromUtf8("no layer").toByteArray()).setRef("none"));
    String digest = w.say(WriteCall.message(WriteAction.COMMIT, "none").setOffset(8)).getDigest();
    Descriptor none = Descriptor.newBuilder().setMediaType("text/plain").setDigest(digest).setSize(8).build();
    assertEquals(Status.Code.UNIMPLEMENTED, failure(() -> diff.apply(ApplyRequest.newBuilder().setDiff(none).addAllMounts(mounts)
        .build())));
  }
}
