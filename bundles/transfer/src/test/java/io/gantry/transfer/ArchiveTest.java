package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.image.Programs;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.ImportRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of other programs come in, ours are read by them. */
class ArchiveTest {
  private static final String NAME = "docker.io/library/thing:7";
  private static final Image IMAGE = MendTest.big(3, 50_000);
  @TempDir Path root;
  private World world;

  @BeforeEach
  void start() throws IOException {
    world = new World(root.resolve("world"));
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private static String skopeo(String... words) throws IOException {
    var command = new java.util.ArrayList<>(List.of(Programs.find("skopeo").orElseThrow().toString()));
    command.addAll(List.of(words));
    return new String(Programs.output(command.toArray(String[]::new)), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static void needSkopeo() {
    assumeTrue(Programs.find("skopeo").isPresent(), "no skopeo");
  }

  private void store(String name, Artifact artifact) throws IOException {
    for (Blob b : artifact.blobs()) world.contents.put(SCOPE, WriterSpec.of("test-" + b.digest(), b.descriptor()), b.bytes());
    world.images.put(SCOPE, name, artifact.descriptor(), Map.of());
  }

  private List<String> load(byte[] archive, ImportRequest request) throws IOException {
    return world.archives.load(SCOPE, request, new ByteArrayInputStream(archive), world.progress::add).stream().map(i -> i.name()).toList();
  }

  private byte[] save(Optional<Platform> platform, String... names) throws IOException {
    var out = new ByteArrayOutputStream();
    world.archives.save(SCOPE, new ExportRequest(List.of(names), platform), out);
    return out.toByteArray();
  }

  private byte[] tar(Path folder) throws IOException {
    return Programs.output("tar", "-C", folder.toString(), "-c", ".");
  }

  private Path layout(String tag, Artifact artifact) throws IOException {
    Path folder = root.resolve("layout");
    new OciLayout(folder).write(Map.of(tag, artifact));
    return folder;
  }

  private void nothingIsLeft() throws IOException {
    assertTrue(world.isAsBefore());
    assertEquals(List.of(), world.leases.list(SCOPE));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }

  @Test
  void aLayoutComesInWholeLabelledAndUnpacked() throws Exception {
    byte[] archive = tar(layout("v1", IMAGE));
    assertEquals(List.of("example.com/a:v1"), load(archive, new ImportRequest("example.com/a", Optional.of(Platform.host()), "",
        Set.of())));
    for (Blob b : IMAGE.blobs()) assertArrayEquals(b.bytes(), world.contents.read(SCOPE, b.digest(), 1 << 30));
    assertEquals(IMAGE.descriptor().digest(), world.images.get(SCOPE, "example.com/a:v1").target().digest());
    Map<String, String> manifest = world.contents.info(SCOPE, IMAGE.descriptor().digest()).labels();
    assertEquals(IMAGE.config().digest().toString(), manifest.get("containerd.io/gc.ref.content.config"));
    assertEquals(IMAGE.layers().get(2).digest().toString(), manifest.get("containerd.io/gc.ref.content.l.2"));
    assertEquals(Digest.chain(IMAGE.diffIds()).getLast().toString(),
        world.contents.info(SCOPE, IMAGE.config().digest()).labels().get("containerd.io/gc.ref.snapshot.overlayfs"));
    assertEquals(3, world.unpacker.sealed.size());
    assertEquals(List.of(), world.leases.list(SCOPE));
    byte[] packed = Programs.output("gzip", "-c", Files.write(root.resolve("x.tar"), archive).toString());
    List<String> names = load(packed, new ImportRequest("b", Optional.empty(), "", Set.of(ImportRequest.Option.DIGESTS)));
    assertEquals(List.of("b:v1", "b@" + IMAGE.descriptor().digest()), names);
  }

  @Test
  void aNamespaceNamesTheDriverThatUnpacks() throws Exception {
    String label = "containerd.io/defaults/snapshotter";
    byte[] archive = tar(layout("v1", IMAGE));
    world.namespaces.label(SCOPE, SCOPE.namespace(), Map.of(label, "nosuch"));
    var e = assertThrows(NotFoundException.class, () -> load(archive, ImportRequest.defaults()));
    assertTrue(e.getMessage().contains(label) && e.getMessage().contains("\"default\""), e.getMessage());
    nothingIsLeft();
    load(archive, new ImportRequest("example.com/a", Optional.empty(), "", Set.of(ImportRequest.Option.NO_UNPACK)));
    world.namespaces.label(SCOPE, SCOPE.namespace(), Map.of(label, "native"));
    load(archive, new ImportRequest("example.com/a", Optional.empty(), "", Set.of()));
    Map<String, String> config = world.contents.info(SCOPE, IMAGE.config().digest()).labels();
    assertTrue(config.containsKey("containerd.io/gc.ref.snapshot.native"), config.toString());
    assertEquals(null, config.get("containerd.io/gc.ref.snapshot.overlayfs"));
  }

  @Test
  void whatSkopeoWritesForDockerComesIn() throws Exception {
    needSkopeo();
    Path archive = root.resolve("docker.tar");
    skopeo("copy", "oci:" + layout("v1", IMAGE) + ":v1", "docker-archive:" + archive + ":thing:7");
    assertEquals(List.of(NAME), load(Files.readAllBytes(archive), ImportRequest.defaults()));
    ImageTree.Resolved found = world.mover.documents().resolve(SCOPE, world.images.get(SCOPE, NAME).target(), Optional.empty());
    assertEquals(IMAGE.diffIds(), found.diffIds());
    assertEquals(IMAGE.diffIds(), found.layers().stream().map(Descriptor::digest).toList(), "docker's layers are not packed");
    assertEquals(3, world.unpacker.sealed.size());
  }

  @Test
  void whatWeWriteIsReadByOthers() throws Exception {
    needSkopeo();
    store(NAME, ImageIndex.of(ImageFormat.OCI, List.of(IMAGE)));
    byte[] archive = save(Optional.of(Platform.host()), NAME);
    assertArrayEquals(archive, save(Optional.of(Platform.host()), NAME), "the same again");
    Path file = Files.write(root.resolve("out.tar"), archive);
    Path oci = Files.createDirectory(root.resolve("oci"));
    skopeo("copy", "--all", "--preserve-digests", "oci-archive:" + file + ":7", "dir:" + oci);
    for (Blob b : IMAGE.blobs()) {
      assertArrayEquals(b.bytes(), Files.readAllBytes(oci.resolve(b.isManifest() ? b.digest().hex() + ".manifest.json" : b.digest()
          .hex())));
    }
    Path docker = Files.createDirectory(root.resolve("docker"));
    skopeo("copy", "docker-archive:" + file, "dir:" + docker);
    assertArrayEquals(IMAGE.config().bytes(), Files.readAllBytes(docker.resolve(IMAGE.config().digest().hex())));
    Path list = Files.createDirectory(root.resolve("list"));
    Programs.output("tar", "-x", "-f", file.toString(), "-C", list.toString());
    String manifest = Files.readString(list.resolve("manifest.json"));
    assertTrue(manifest.contains("\"RepoTags\":[\"thing:7\"]"), manifest);
    try (World other = new World(root.resolve("other"))) {
      var in = new ByteArrayInputStream(archive);
      assertEquals(List.of(NAME), other.archives.load(SCOPE, ImportRequest.defaults(), in, p -> {}).stream().map(i -> i.name()).toList());
      assertEquals(world.images.get(SCOPE, NAME).target(), other.images.get(SCOPE, NAME).target());
    }
  }

  @Test
  void onePlatformOfSeveralGoesOutAndComesIn() throws Exception {
    Platform arm = Platform.parse("linux/riscv64");
    Image other = new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0644).gzip()).platform(arm).build(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(IMAGE, other));
    store(NAME, index);
    byte[] part = save(Optional.of(arm), NAME);
    byte[] all = save(Optional.empty(), NAME);
    assertTrue(all.length > part.length + 100_000, part.length + " " + all.length);
    try (World empty = new World(root.resolve("empty"))) {
      ImportRequest mine = ImportRequest.defaults();
      NotFoundException e = assertThrows(NotFoundException.class,
          () -> empty.archives.load(SCOPE, mine, new ByteArrayInputStream(part), p -> {}));
      assertTrue(e.getMessage().contains("--platform"), e.getMessage());
      assertTrue(empty.isAsBefore());
      ImportRequest every = new ImportRequest("", Optional.empty(), "", Set.of());
      assertThrows(NotFoundException.class, () -> empty.archives.load(SCOPE, every, new ByteArrayInputStream(part), p -> {}));
      ImportRequest his = new ImportRequest("", Optional.of(arm), "", Set.of(ImportRequest.Option.NO_UNPACK));
      assertEquals(1, empty.archives.load(SCOPE, his, new ByteArrayInputStream(part), p -> {}).size());
      assertEquals(0, empty.unpacker.sealed.size());
      assertEquals(1, empty.archives.load(SCOPE, every, new ByteArrayInputStream(all), p -> {}).size());
    }
  }

  @Test
  void missingBlobsAreToldBeforeAnythingIsWritten() throws Exception {
    store(NAME, IMAGE);
    world.contents.remove(SCOPE, IMAGE.layers().getFirst().digest());
    var out = new ByteArrayOutputStream();
    NotFoundException e = assertThrows(NotFoundException.class,
        () -> world.archives.save(SCOPE, new ExportRequest(List.of(NAME), Optional.empty()), out));
    assertTrue(e.getMessage().contains("layer-" + IMAGE.layers().getFirst().digest()), e.getMessage());
    assertEquals(0, out.size());
  }

  /** What a user may type for a name is the shell's to know: a program that asks for another image must not get this one. */
  @Test
  void onlyWholeNamesGoOut() throws Exception {
    store(NAME, IMAGE);
    String digest = IMAGE.descriptor().digest().toString();
    for (String part : List.of("7", "thing:7", digest, digest.substring(0, 20), NAME + "@" + digest)) {
      NotFoundException e = assertThrows(NotFoundException.class, () -> save(Optional.empty(), part), part);
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
    assertTrue(save(Optional.empty(), NAME).length > 150_000);
  }

  @Test
  void wrongArchivesLeaveNothing() throws Exception {
    Path folder = layout("v1", IMAGE);
    byte[] right = tar(folder);
    ImportRequest any = ImportRequest.defaults();
    assertThrows(IOException.class, () -> load(java.util.Arrays.copyOf(right, right.length / 2), any));
    nothingIsLeft();
    assertThrows(InvalidException.class, () -> load(new byte[5000], any));
    assertThrows(InvalidException.class, () -> load("no archive".repeat(100).getBytes(java.nio.charset.StandardCharsets.UTF_8), any));
    nothingIsLeft();
    Path blob = new OciLayout(folder).path(IMAGE.layers().get(1).digest());
    byte[] bytes = Files.readAllBytes(blob);
    bytes[7] ^= 1;
    Files.write(blob, bytes);
    CorruptException corrupt = assertThrows(CorruptException.class, () -> load(tar(folder), any));
    assertTrue(corrupt.getMessage().contains("not what its name says"), corrupt.getMessage());
    nothingIsLeft();
    Files.delete(blob);
    if (world.has(IMAGE.layers().get(1).digest())) world.contents.remove(SCOPE, IMAGE.layers().get(1).digest()); // of the first try
    NotFoundException lacks = assertThrows(NotFoundException.class, () -> load(tar(folder), any));
    assertTrue(lacks.getMessage().contains(IMAGE.layers().get(1).digest().toString()), lacks.getMessage());
    Files.write(folder.resolve("index.json"), new byte[(20 << 20) + 1]);
    assertThrows(ExhaustedException.class, () -> load(tar(folder), any));
    Files.write(folder.resolve("index.json"), "{\"manifests\":7}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThrows(InvalidException.class, () -> load(tar(folder), any));
    nothingIsLeft();
  }

  @Test
  void namesInAnArchiveAreNoPaths() throws Exception {
    Path folder = layout("v1", IMAGE);
    Path outside = Files.createDirectory(root.resolve("outside"));
    Files.writeString(folder.resolve("evil"), "evil");
    byte[] archive = Programs.output("tar", "-C", folder.toString(), "-c", "--transform", "s,^./evil$,../../../.." + outside + "/evil,",
        "-P",
        ".");
    assertEquals(1, load(archive, ImportRequest.defaults()).size());
    try (var files = Files.list(outside)) {
      assertEquals(0, files.count());
    }
  }

  /** As the archive of a client that hangs up: its thread is interrupted, and the read that it is in says so. */
  private static InputStream cut(byte[] archive, int after) {
    return new FilterInputStream(new ByteArrayInputStream(archive, 0, after)) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n >= 0) return n;
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the client has hung up");
      }
    };
  }

  @Test
  void anInterruptedImportLeavesNothing() throws Exception {
    byte[] archive = tar(layout("v1", MendTest.big(1, 3 << 20)));
    InputStream cut = cut(archive, archive.length / 2);
    var e = assertThrows(InterruptedIOException.class, () -> world.archives.load(SCOPE, ImportRequest.defaults(), cut,
        world.progress::add));
    assertTrue(Thread.interrupted(), "as interrupted as before");
    assertEquals("the client has hung up", e.getMessage());
    assertTrue(world.progress.stream().anyMatch(p -> p.status().equals("committing") && p.offset() > 1 << 20), "a blob was on its way");
    nothingIsLeft();
  }

  @Test
  void anImportWhoseTimeIsUpLeavesNothing() throws Exception {
    byte[] archive = tar(layout("v1", MendTest.big(1, 3 << 20)));
    Scope scope = SCOPE.within(Duration.ofSeconds(2));
    var late = new ByteArrayInputStream(archive) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        Instant end = scope.deadline();
        while (pos > archive.length / 2 && !Instant.now().isAfter(end)) LockSupport.parkUntil(end.toEpochMilli() + 1);
        return super.read(into, offset, length);
      }
    };
    assertThrows(UnavailableException.class, () -> world.archives.load(scope, ImportRequest.defaults(), late, world.progress::add));
    nothingIsLeft();
  }
}
