package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.events.Feed;
import io.gantry.gc.GarbageCollector;
import io.gantry.grpc.ApiServer;
import io.gantry.kit.world.Components;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.tasks.TaskService;
import io.gantry.transfer.ArchiveComponent;
import io.gantry.transfer.CredentialsComponent;
import io.gantry.transfer.ImageTreeComponent;
import io.gantry.transfer.TransferComponent;
import io.gantry.unpack.UnpackService;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example in a JVM of its own, with no other jars than it needs, against a manager's core with its API. */
class BlobsTest {
  @TempDir Path folder;
  private Components manager;
  private ImageRecords images;
  private ContentService contents;

  @BeforeEach
  void open() throws IOException {
    manager = new Components(folder);
    Path state = Files.createDirectories(folder.resolve("state"));
    var places = Map.of("gantry.root", folder.resolve("root").toString(), "gantry.state", state.toString());
    manager.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    manager.driver(LocalComponent.class, "content", "local", Map.of());
    manager.driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    manager.driver(CopyComponent.class, "snapshot", "native", Map.of());
    for (Class<?> part : List.of(Feed.class, TableService.class, NamespaceRecords.class)) manager.start(part, Map.of());
    images = manager.start(ImageRecords.class, Map.of());
    for (Class<?> part : List.of(ContainerRecords.class, LeaseRecords.class)) manager.start(part, Map.of());
    contents = manager.start(ContentService.class, Map.of());
    manager.start(SnapshotKeys.class, Map.of());
    manager.start(MountTable.class, places);
    for (Class<?> part : List.of(UnpackService.class, ImageTreeComponent.class)) manager.start(part, Map.of());
    manager.start(CredentialsComponent.class, places);
    for (Class<?> part : List.of(TransferComponent.class, ArchiveComponent.class)) manager.start(part, Map.of());
    manager.start(TaskService.class, places);
    manager.start(GarbageCollector.class, Map.of("automatic", false));
    manager.start(ApiServer.class, places);
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
  }

  @Test
  void whoTellsTooLittleIsToldWhat() throws Exception {
    for (List<String> args : List.of(List.<String>of(), List.of("put"), List.of("get", "sha256:x"), List.of("list"))) {
      Process p = start(args.toArray(String[]::new));
      assertEquals("", new String(p.getInputStream().readAllBytes()));
      assertEquals(2, p.waitFor(), args.toString());
      assertEquals("usage: java example.Blobs ADDRESS images | put FILE | get DIGEST FILE\n", read(folder.resolve("errors")));
    }
  }

  @Test
  void whatFailsIsOneLine() throws Exception {
    Path copy = folder.resolve("copy");
    assertEquals("Blobs: digest 'sha256:x' is not 64 lower-case hexadecimal digits\n", failed("get", "sha256:x", copy.toString()));
    assertEquals("Blobs: java.nio.file.NoSuchFileException: " + copy + "\n", failed("put", copy.toString()));
    String none = Digest.sha256(new byte[32]).toString();
    assertTrue(failed("get", none, copy.toString()).matches("Blobs: .*" + none + ".*\n"), () -> read(folder.resolve("errors")));
    Files.delete(folder.resolve("state/gantry.sock"));
    assertTrue(failed("images").matches("Blobs: no manager answers at unix://" + folder + ".*\n"), () -> read(folder.resolve("errors")));
  }

  private String failed(String... args) throws IOException, InterruptedException {
    Process p = start(args);
    assertEquals("", new String(p.getInputStream().readAllBytes()));
    assertEquals(1, p.waitFor(), () -> read(folder.resolve("errors")));
    return read(folder.resolve("errors"));
  }

  private String blobs(String... args) throws IOException, InterruptedException {
    Process p = start(args);
    String out = new String(p.getInputStream().readAllBytes());
    assertEquals(0, p.waitFor(), () -> read(folder.resolve("errors")));
    return out;
  }

  private Process start(String... args) throws IOException {
    String needed = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(p -> p.matches(".*/(remote/target/.*|api/target/.*|(remote|api|slf4j-api)-[\\d.]+\\.jar)")
            && !p.endsWith("test-classes")).collect(Collectors.joining(File.pathSeparator));
    var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "-cp", needed, "example.Blobs", "unix://" + folder.resolve("state/gantry.sock")));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void aFileIsPutAndGot() throws Exception {
    byte[] bytes = new byte[5_000_000];
    new Random(1).nextBytes(bytes);
    Path file = Files.write(folder.resolve("file"), bytes);
    try (Writer cut = contents.writer(Scope.root(), WriterSpec.of("put-" + file))) { // by a put of what was in the file before
      cut.write(ByteBuffer.allocate(1_000_000));
    }
    String digest = blobs("put", file.toString()).strip();
    assertEquals(Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes)).toString(), digest);
    blobs("get", digest, folder.resolve("copy").toString());
    assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("copy")));
    images.create(Scope.root(), "example.com/a:1", Descriptor.of("t", Digest.parse(digest), bytes.length), Map.of());
    assertEquals("example.com/a:1 " + digest + "\n", blobs("images"));
  }
}
