package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.introspection.PluginsRequest;
import io.gantry.wire.leases.CreateRequest;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListResourcesRequest;
import io.gantry.wire.transfer.TransferGrpc;
import io.gantry.wire.transfer.TransferOptions;
import io.gantry.wire.transfer.TransferRequest;
import io.gantry.wire.transfertypes.AuthRequest;
import io.gantry.wire.transfertypes.AuthResponse;
import io.gantry.wire.transfertypes.AuthType;
import io.gantry.wire.transfertypes.ImageExportStream;
import io.gantry.wire.transfertypes.ImageImportStream;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.OCIRegistry;
import io.gantry.wire.transfertypes.Progress;
import io.gantry.wire.transfertypes.RegistryResolver;
import io.gantry.wire.transfertypes.UnpackConfiguration;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Transfers as containerd's newer clients ask for them. */
class TransferApiTest extends TransferWorld {
  private List<Progress> told(StreamCall stream) throws Exception {
    List<Progress> all = new ArrayList<>();
    for (Optional<Any> next = stream.message(); next.isPresent(); next = stream.message()) {
      all.add(Anys.read(next.get(), Progress.getDefaultInstance()).orElseThrow());
    }
    return all;
  }

  private static List<String> events(List<Progress> all, String name) {
    return all.stream().filter(p -> p.getName().equals(name)).map(Progress::getEvent).distinct().toList();
  }

  @Test
  void pullsUnpacksAndTellsHow() throws Exception {
    registry.add("a/b", "1", IMAGE);
    String reference = registry.host() + "/a/b:1";
    StreamCall progress = StreamCall.open(engine, "progress-1");
    var request = TransferCalls.request(TransferCalls.registry(reference), TransferCalls.unpacked("mine").putLabels("k", "v")
        .addExtraReferences(ImageReference.newBuilder().setName(
        "other")).addExtraReferences(ImageReference.newBuilder().setName("by").setAddDigest(true)).build());
    calls.transfer("default").transfer(request.toBuilder().setOptions(TransferOptions.newBuilder().setProgressStream("progress-1"))
        .build());
    Digest digest = IMAGE.descriptor().digest();
    assertEquals(List.of("by@" + digest, "mine", "other"), images.list(Scope.root(), "", 10).stream().map(i -> i.name()).toList());
    for (var i : images.list(Scope.root(), "", 10)) {
      assertEquals(digest, i.target().digest());
      assertEquals(Map.of("k", "v"), i.labels());
    }
    String top = Digest.chain(IMAGE.diffIds()).getLast().toString();
    assertEquals(top, contents.info(Scope.root(), IMAGE.config().digest()).labels().get("containerd.io/gc.ref.snapshot.overlayfs"));
    List<Progress> all = told(progress);
    String registry = "OCI Registry (" + reference + ")";
    assertEquals("Resolving from " + registry, all.getFirst().getEvent());
    assertEquals("Completed pull from " + registry, all.getLast().getEvent());
    assertEquals(List.of("saved"), events(all, "mine"));
    assertEquals(List.of("waiting", "downloading", "committing", "complete"), events(all, "manifest-" + digest));
    Progress last = all.stream().filter(p -> p.getName().equals("layer-" + IMAGE.layers().getFirst().digest())).toList().getLast();
    assertTrue(List.of("complete", "extracted").contains(last.getEvent()), last.toString());
    assertEquals(IMAGE.layers().getFirst().blob().length, last.getDesc().getSize());
    assertEquals(List.of(reference), last.getParentsList());
    assertEquals(List.of(), engine.leases.list(Scope.root()), "no lease is left");
  }

  @Test
  void pullsSeveralPlatformsAndUnpacksWhatIsAsked() throws Exception {
    Image other = new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0644).gzip()).platform(Platform.parse("linux/s390x"))
        .build(ImageFormat.OCI);
    Image third = new ImageBuilder().layer(new LayerBuilder().file("y", new byte[10], 0644).gzip())
        .platform(Platform.parse("linux/ppc64le"))
        .build(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(IMAGE, other, third));
    registry.add("a/b", "1", index);
    String name = registry.host() + "/a/b:1";
    var s390x = io.gantry.wire.types.Platform.newBuilder().setOs("linux").setArchitecture("s390x").build();
    calls.run(TransferCalls.registry(name), TransferCalls.unpacked(name).addPlatforms(s390x).addUnpacks(UnpackConfiguration.newBuilder()
        .setPlatform(s390x).setSnapshotter(
        "native")).build());
    assertEquals(List.of(name), engine.images.list(Scope.root(), "", 10).stream().map(i -> i.name()).toList());
    assertEquals(index.descriptor().digest(), images.get(Scope.root(), name).target().digest());
    assertTrue(contents.info(Scope.root(), IMAGE.config().digest()).labels().containsKey("containerd.io/gc.ref.snapshot.overlayfs"));
    assertTrue(contents.info(Scope.root(), other.config().digest()).labels().containsKey("containerd.io/gc.ref.snapshot.native"));
    assertTrue(contents.find(Scope.root(), third.config().digest()).isEmpty(), "nobody asked for it");
    calls.run(TransferCalls.registry(name), TransferCalls.store("all"));
    assertTrue(contents.find(Scope.root(), third.layers().getFirst().digest()).isPresent());
    assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(TransferCalls.registry(name), TransferCalls.unpacked(name).setAllMetadata(true)
        .build()).getCode());
    assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(TransferCalls.registry(name), TransferCalls.store(name).toBuilder()
        .setManifestLimit(1).build()).getCode());
    calls.run(TransferCalls.registry(name), TransferCalls.unpacked(name).setManifestLimit(1).build());
  }

  @Test
  void pullsFromALayoutOfThisMachine() throws Exception {
    new OciLayout(root.resolve("layouts/team/app")).write(Map.of("7", IMAGE));
    String name = "layout.localhost/team/app:7";
    calls.run(TransferCalls.registry(name), TransferCalls.unpacked(name).build());
    assertEquals(IMAGE.descriptor().digest(), images.get(Scope.root(), name).target().digest());
    assertTrue(contents.info(Scope.root(), IMAGE.config().digest()).labels().containsKey("containerd.io/gc.ref.snapshot.overlayfs"));
    assertEquals(Status.Code.NOT_FOUND, calls.refused(TransferCalls.registry("layout.localhost/team/none:7"), TransferCalls.unpacked("y")
        .build()).getCode());
  }

  @Test
  void whatIsMadeBelongsToTheCallersNamespaceAndLease() throws Exception {
    registry.add("a/b", "1", IMAGE);
    String name = registry.host() + "/a/b:1";
    var leases = Engine.in("other", LeasesGrpc.newBlockingStub(engine.channel));
    leases.create(CreateRequest.newBuilder().setId("mine").build());
    var headers = new Metadata();
    headers.put(Calls.LEASE, "mine");
    calls.transfer("other").withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .transfer(TransferCalls.request(TransferCalls.registry(name), TransferCalls.unpacked(name)
        .build()));
    assertEquals(List.of(), images.list(Scope.root(), "", 10));
    assertEquals(name, images.get(Scope.root().withNamespace("other"), name).name());
    List<String> held = leases.listResources(ListResourcesRequest.newBuilder().setId("mine").build()).getResourcesList().stream().map(r -> r
        .getId()).toList();
    assertTrue(held.contains(IMAGE.layers().getLast().digest().toString()), held.toString());
  }

  @Test
  void pushesToARealRegistry() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> "skipped: " + RealRegistry.missing().get());
    String name = pulled();
    try (var real = RealRegistry.start()) {
      String to = real.host() + "/c/d:2";
      StreamCall progress = StreamCall.open(engine, "p");
      calls.transfer("default").transfer(TransferCalls.request(TransferCalls.store(name), TransferCalls.registry(to)).toBuilder()
          .setOptions(TransferOptions.newBuilder().setProgressStream(
          "p")).build());
      List<Progress> all = told(progress);
      assertEquals("Pushing to OCI Registry (" + to + ")", all.getFirst().getEvent());
      assertEquals(List.of("waiting", "uploading", "complete"), events(all, "layer-" + IMAGE.layers().getFirst().digest()));
      assertEquals("Completed push to OCI Registry (" + to + ")", all.getLast().getEvent());
      calls.run(TransferCalls.registry(to), TransferCalls.unpacked("back").build());
      assertEquals(IMAGE.descriptor().digest(), images.get(Scope.root(), "back").target().digest());
    }
  }

  @Test
  void exportsAndImportsWhatAnArchiveIs() throws Exception {
    String name = pulled();
    var local = new ByteArrayOutputStream();
    engine.archives.save(Scope.root(), new ExportRequest(List.of(name), Optional.of(Platform.host())), local);
    byte[] archive = export(ImageExportStream.newBuilder().setStream("export-1").build(), name);
    assertArrayEquals(local.toByteArray(), archive);
    images.remove(Scope.root(), name);
    StreamCall in = StreamCall.open(engine, "import-1");
    var to = ImageStore.newBuilder().addPlatforms(TransferCalls.HOST).putLabels("k", "v").addExtraReferences(ImageReference.newBuilder()
        .setName("x")
        .setIsPrefix(true).setAllowOverwrite(true).setAddDigest(true)).addUnpacks(UnpackConfiguration.newBuilder()
        .setPlatform(TransferCalls.HOST))
        .build();
    FutureTask<Void> importing = calls.beside(TransferCalls.request(ImageImportStream.newBuilder().setStream("import-1").build(), to));
    in.upload(archive);
    importing.get(20, TimeUnit.SECONDS);
    assertEquals(List.of(name, "x@" + IMAGE.descriptor().digest()), images.list(Scope.root(), "", 10).stream().map(i -> i.name()).toList());
    assertEquals(Map.of("k", "v"), images.get(Scope.root(), name).labels());
  }

  @Test
  void anArchiveIsForDockerOrNotAndNamesAreThoseOfThePrefix() throws Exception {
    String name = pulled();
    byte[] both = export(ImageExportStream.newBuilder().setStream("e").build(), name);
    assertTrue(new String(both, StandardCharsets.ISO_8859_1).contains("manifest.json"));
    byte[] plain = export(ImageExportStream.newBuilder().setStream("e").setSkipCompatibilityManifest(true).build(), name);
    assertFalse(new String(plain, StandardCharsets.ISO_8859_1).contains("manifest.json"));
    images.remove(Scope.root(), name);
    for (String prefix : List.of(registry.host() + "/a/b", "x")) {
      StreamCall in = StreamCall.open(engine, "i");
      var to = ImageStore.newBuilder().addExtraReferences(ImageReference.newBuilder().setName(prefix).setIsPrefix(true).setAddDigest(true)
          .setSkipNamedDigest(true)).build();
      FutureTask<Void> importing = calls.beside(TransferCalls.request(ImageImportStream.newBuilder().setStream("i").build(), to));
      in.upload(plain);
      importing.get(20, TimeUnit.SECONDS);
    }
    List<String> names = images.list(Scope.root(), "", 10).stream().map(i -> i.name()).toList();
    assertEquals(List.of(name, "x@" + IMAGE.descriptor().digest()), names);
  }

  private byte[] export(ImageExportStream to, String name) throws Exception {
    StreamCall out = StreamCall.open(engine, to.getStream());
    FutureTask<Void> exporting = calls.beside(TransferCalls.request(TransferCalls.store(name), to));
    byte[] archive = out.download();
    exporting.get(20, TimeUnit.SECONDS);
    return archive;
  }

  @Test
  void tags() throws Exception {
    String name = pulled();
    calls.run(TransferCalls.store(name), TransferCalls.store("new").toBuilder().putLabels("k", "v").build());
    assertEquals(IMAGE.descriptor().digest(), images.get(Scope.root(), "new").target().digest());
    assertEquals(Map.of("k", "v"), images.get(Scope.root(), "new").labels());
    assertEquals(Status.Code.NOT_FOUND, calls.refused(TransferCalls.store("none"), TransferCalls.store("new")).getCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, calls.refused(TransferCalls.store(name), TransferCalls.unpacked("new").build()).getCode());
  }

  @Test
  void asksTheClientForCredentials() throws Exception {
    registry.add("a/b", "1", IMAGE).require(new BasicAuth(Map.of("me", "secret")));
    String name = registry.host() + "/a/b:1";
    StreamCall creds = StreamCall.open(engine, "creds-1");
    OCIRegistry from = TransferCalls.registry(name).toBuilder().setResolver(RegistryResolver.newBuilder().setAuthStream("creds-1")).build();
    FutureTask<Void> pulling = calls.beside(TransferCalls.request(from, TransferCalls.unpacked(name).build()));
    var asked = Anys.read(creds.message().orElseThrow(), AuthRequest.getDefaultInstance()).orElseThrow();
    assertEquals(AuthRequest.newBuilder().setHost(registry.host()).setReference(name).addWwwauthenticate("Basic realm=\"kit\"").build(),
        asked);
    var right = AuthResponse.newBuilder().setAuthType(AuthType.CREDENTIALS).setUsername("me").setSecret("secret").build();
    creds.send(right);
    for (Optional<Any> more = creds.message(); more.isPresent(); more = creds.message()) creds.send(right);
    pulling.get(20, TimeUnit.SECONDS);
    assertEquals(IMAGE.descriptor().digest(), images.get(Scope.root(), name).target().digest());
  }

  @Test
  void aClientThatGivesNoCredentialsIsRefused() throws Exception {
    registry.add("a/b", "1", IMAGE).require(new BasicAuth(Map.of("me", "secret")));
    String name = registry.host() + "/a/b:1";
    StreamCall creds = StreamCall.open(engine, "creds-1");
    OCIRegistry from = TransferCalls.registry(name).toBuilder().setResolver(RegistryResolver.newBuilder().setAuthStream("creds-1")).build();
    FutureTask<Void> pulling = calls.beside(TransferCalls.request(from, TransferCalls.unpacked(name).build()));
    creds.message();
    creds.send(AuthResponse.newBuilder().setAuthType(AuthType.REFRESH).build());
    for (Optional<Any> more = creds.message(); more.isPresent(); more = creds.message()) {
      creds.send(AuthResponse.newBuilder().setAuthType(AuthType.NONE).build());
    }
    assertEquals(Status.Code.PERMISSION_DENIED, TransferCalls.failure(pulling).getCode());
    StreamCall away = StreamCall.open(engine, "creds-1");
    FutureTask<Void> again = calls.beside(TransferCalls.request(from, TransferCalls.unpacked(name).build()));
    away.message();
    away.vanish();
    Status gone = TransferCalls.failure(again);
    assertEquals(Status.Code.PERMISSION_DENIED, gone.getCode());
    assertTrue(gone.getDescription().contains("ended stream 'creds-1'"), gone.toString());
  }

  /** Only what it has got is held, for the next one. */
  private boolean isOver() throws IOException {
    return engine.leases.list(Scope.root()).stream().allMatch(l -> l.id().startsWith("resume-"));
  }

  @Test
  void aClientThatVanishesEndsItsTransfer() throws Exception {
    registry.add("a/b", "1", IMAGE).fault(On.blob(IMAGE.layers().getFirst().digest()), Fault.throttle(10_000));
    String name = registry.host() + "/a/b:1";
    StreamCall progress = StreamCall.open(engine, "p");
    var call = Engine.in("default", TransferGrpc.newFutureStub(engine.channel))
        .transfer(TransferCalls.request(TransferCalls.registry(name), TransferCalls.unpacked(name).build())
        .toBuilder().setOptions(TransferOptions.newBuilder().setProgressStream("p")).build());
    String layer = "layer-" + IMAGE.layers().getFirst().digest();
    Progress seen;
    do seen = Anys.read(progress.message().orElseThrow(), Progress.getDefaultInstance()).orElseThrow();
    while (!seen.getName().equals(layer) || !seen.getEvent().equals("downloading"));
    call.cancel(true);
    Object last = progress.next();
    while (last instanceof Any) last = progress.next();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!isOver() && System.nanoTime() < end) Thread.onSpinWait();
    assertTrue(isOver(), "the transfer is over");
    assertEquals(List.of(), images.list(Scope.root(), "", 10));
  }

  @Test
  void whatIsNotDoneIsToldSo() throws Exception {
    String name = pulled();
    Status unknown = calls.refused(StringValue.of("x"), TransferCalls.store("y"));
    assertEquals(Status.Code.UNIMPLEMENTED, unknown.getCode());
    assertTrue(unknown.getDescription().contains("google.protobuf.StringValue"), unknown.toString());
    assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(TransferCalls.registry(name), TransferCalls.registry(name)).getCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, calls.refused(TransferCalls.registry("UPPER/x"), TransferCalls.unpacked("y").build())
        .getCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, calls.refused(TransferCalls.registry(name), TransferCalls.unpacked("").build()).getCode());
    for (var resolver : List.of(RegistryResolver.newBuilder().setHostDir("/etc/hosts.d"), RegistryResolver.newBuilder()
        .putHeaders("a", "b"),
        RegistryResolver.newBuilder().setDefaultScheme("http"), RegistryResolver.newBuilder().setHttpDebugValue(1),
        RegistryResolver.newBuilder().setLogsStream("l"))) {
      assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(TransferCalls.registry(name).toBuilder().setResolver(resolver).build(),
          TransferCalls.unpacked("y").build())
          .getCode());
    }
    var stream = ImageImportStream.newBuilder().setStream("none").build();
    assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(stream.toBuilder().setForceCompress(true).build(), TransferCalls.store(""))
        .getCode());
    assertEquals(Status.Code.UNIMPLEMENTED, calls.refused(stream, TransferCalls.store("index")).getCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, calls.refused(stream, TransferCalls.store("")).getCode());
    Any broken = Any.newBuilder().setTypeUrl("containerd.types.transfer.OCIRegistry").setValue(ByteString.copyFrom(new byte[] {10, 100}))
        .build();
    var e = assertThrows(StatusRuntimeException.class, () -> calls.transfer("default")
        .transfer(TransferRequest.newBuilder().setSource(broken)
        .setDestination(Anys.wire(TransferCalls.store("y"))).build()));
    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
  }

  @Test
  void clientsFindTheServices() {
    var plugins = Engine.in("default", IntrospectionGrpc.newBlockingStub(engine.channel)).plugins(PluginsRequest.getDefaultInstance());
    List<String> all = plugins.getPluginsList().stream().map(p -> p.getType() + " " + p.getId()).toList();
    assertTrue(all.containsAll(List.of("io.containerd.grpc.v1 transfer", "io.containerd.grpc.v1 streaming",
        "io.containerd.transfer.v1 local",
        "io.containerd.streaming.v1 manager")), all.toString());
  }
}
