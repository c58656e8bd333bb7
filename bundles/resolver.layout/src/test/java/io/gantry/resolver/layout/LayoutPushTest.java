package io.gantry.resolver.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.GantryException;
import io.gantry.api.Reference;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.image.Programs;
import io.gantry.kit.world.LossyDisk;
import io.gantry.linux.Fd;
import io.gantry.linux.Locks;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Resolved;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of pushers, for layouts. */
class LayoutPushTest {
  private static final Image IMAGE = image("one");
  private static final Image OTHER = image("two");
  @TempDir Path root;

  private static Image image(String text) {
    return new ImageBuilder().layer(new LayerBuilder().file("x", text.repeat(100_000)).gzip()).build(ImageFormat.OCI);
  }

  private LayoutResolver resolver() {
    return new LayoutResolver(Optional.of(root), true);
  }

  private static Resolved target(String name, Artifact a) {
    return new Resolved(Reference.parse("layout.localhost/" + name), a.descriptor());
  }

  private void push(String name, Artifact a) throws IOException {
    for (Blob b : a.blobs()) put(target(name, a), b.descriptor(), b.bytes());
  }

  private void put(Resolved target, Descriptor d, byte[] bytes) throws IOException {
    resolver().put(target, d, new ByteArrayInputStream(bytes), Access.anonymous());
  }

  private boolean exists(Resolved target, Descriptor d) throws IOException {
    return resolver().exists(target, d, Access.anonymous());
  }

  private OciLayout layout() {
    return new OciLayout(root.resolve("team/app"));
  }

  /** P-1, P-4. */
  @Test
  void whatIsPushedIsThereUnderItsName() throws IOException {
    Resolved target = target("team/app:1", IMAGE);
    for (Blob b : IMAGE.blobs()) {
      assertFalse(exists(target, b.descriptor()));
      put(target, b.descriptor(), b.bytes());
      assertTrue(exists(target, b.descriptor()));
    }
    Files.writeString(layout().path(IMAGE.layers().getFirst().digest()), "half");
    assertFalse(exists(target, IMAGE.blobs().getFirst().descriptor()));
    push("team/app:1", IMAGE);
    assertTrue(exists(target, IMAGE.blobs().getFirst().descriptor()));
    push("team/app:2", OTHER);
    assertEquals(Map.of("1", IMAGE.descriptor().digest(), "2", OTHER.descriptor().digest()), digests());
    push("team/app:1", OTHER);
    assertEquals(Map.of("1", OTHER.descriptor().digest(), "2", OTHER.descriptor().digest()), digests());
    assertFalse(exists(target, IMAGE.descriptor()), "the tag means something else now");
    assertEquals(IMAGE.descriptor(), resolver().resolve(Reference.parse("layout.localhost/team/app@" + IMAGE.descriptor().digest()), Access
        .anonymous()).target());
  }

  private Map<String, Object> digests() throws IOException {
    Map<String, Object> all = new java.util.TreeMap<>();
    layout().tags().forEach((tag, d) -> all.put(tag, d.digest()));
    return all;
  }

  /** As of an archive that was unpacked here: each entry is of an image of its own, and all have one tag. */
  @Test
  void otherImagesKeepTheirNames() throws IOException {
    push("team/app:1", IMAGE);
    Path index = root.resolve("team/app/index.json");
    String one = entry(IMAGE, Map.of("io.containerd.image.name", "docker.io/library/redis:7", "org.opencontainers.image.ref.name", "7"));
    String two = entry(IMAGE, Map.of("org.opencontainers.image.ref.name", "docker.io/library/nginx:7"));
    String mine = entry(IMAGE, Map.of("io.containerd.image.name", "layout.localhost/team/app:7"));
    String bare = entry(IMAGE, Map.of("org.opencontainers.image.ref.name", "7"));
    String all = String.join(",", one, two, mine, bare);
    Files.writeString(index, "{\"schemaVersion\":2,\"manifests\":[" + all + "]}");
    push("team/app:7", OTHER);
    String text = Files.readString(index);
    assertTrue(text.contains("library/redis:7") && text.contains("library/nginx:7"), text);
    assertFalse(text.contains("layout.localhost/"), text);
    assertEquals(3, text.split("\"digest\"", -1).length - 1, text);
    assertEquals(OTHER.descriptor(), resolver().resolve(Reference.parse("layout.localhost/team/app:7"), Access.anonymous()).target());
  }

  private static String entry(Image image, Map<String, String> names) {
    String all = names.entrySet().stream().map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"').collect(Collectors.joining(","));
    Descriptor d = image.descriptor();
    return "{\"mediaType\":\"" + d.mediaType() + "\",\"digest\":\"" + d.digest() + "\",\"size\":" + d.size() + ",\"annotations\":{"
        + all + "}}";
  }

  /** P-3. */
  @Test
  void wrongBytesAreNotKept() throws IOException {
    Resolved target = target("team/app:1", IMAGE);
    Blob layer = IMAGE.blobs().getFirst();
    byte[] other = layer.bytes().clone();
    other[100] ^= 1;
    for (byte[] wrong : List.of(other, Arrays.copyOf(layer.bytes(), 100), Arrays.copyOf(layer.bytes(), layer.bytes().length + 1))) {
      assertThrows(CorruptException.class, () -> put(target, layer.descriptor(), wrong));
      assertFalse(exists(target, layer.descriptor()));
    }
    IOException mine = new IOException("mine");
    assertSame(mine, assertThrows(IOException.class, () -> resolver().put(target, layer.descriptor(), new InputStream() {
      @Override
      public int read() throws IOException {
        throw mine;
      }
    }, Access.anonymous())));
    try (var files = Files.list(root.resolve("team/app/blobs/sha256"))) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void manyAtOnceLoseNoName() throws Exception {
    List<FutureTask<Void>> all = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      String name = "team/app:t" + i;
      var task = new FutureTask<Void>(() -> {
        push(name, IMAGE);
        return null;
      });
      all.add(task);
      Thread.ofVirtual().start(task);
    }
    for (var t : all) t.get();
    assertEquals(16, digests().size());
  }

  @Test
  void aPushThatCannotBeginHoldsNothing() throws IOException {
    var proc = new LayoutResolver(Optional.of(Path.of("/proc")), true); // its folders are there, and take no file of ours
    Blob b = IMAGE.blobs().getFirst();
    var e = assertThrows(GantryException.class, () -> proc.put(target("sys:1", IMAGE), b.descriptor(), new ByteArrayInputStream(b.bytes()),
        Access.anonymous()));
    assertTrue(e.getMessage().startsWith("pushing layout.localhost/sys:1: making its folder below /proc: "), e.getMessage());
    try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path fd : open) assertFalse(Files.isSymbolicLink(fd) && Files.readSymbolicLink(fd).equals(Path.of("/proc/sys")), fd::toString);
    }
  }

  /** What stands where the new index passes by, be it another file's second name, is not written into. */
  @Test
  void anIndexIsReplacedAsAWhole() throws IOException {
    push("team/app:1", IMAGE);
    Path other = Files.writeString(root.resolve("other"), "mine");
    Path index = root.resolve("team/app/index.json");
    byte[] first = Files.readAllBytes(index);
    Path kept = Files.createLink(root.resolve("kept"), index);
    Files.createLink(index.resolveSibling(".index.json.new"), other);
    push("team/app:2", OTHER);
    assertEquals("mine", Files.readString(other));
    assertArrayEquals(first, Files.readAllBytes(kept), "whoever has the old one open reads it to its end");
    assertEquals(Map.of("1", IMAGE.descriptor().digest(), "2", OTHER.descriptor().digest()), digests());
    try (var files = Files.list(index.getParent())) {
      assertEquals(List.of("blobs", "index.json", "oci-layout"), files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aWaitForTheFolderIsInterrupted() throws Exception {
    push("team/app:1", IMAGE);
    try (Fd folder = Fd.open(root.resolve("team/app"))) {
      assertTrue(Locks.tryFlock(folder));
      var push = new FutureTask<Void>(() -> {
        push("team/app:2", OTHER);
        return null;
      });
      Thread thread = Thread.ofPlatform().start(push);
      while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) Thread.onSpinWait();
      thread.interrupt();
      var e = assertThrows(ExecutionException.class, () -> push.get(20, TimeUnit.SECONDS));
      assertInstanceOf(InterruptedIOException.class, e.getCause());
    }
    assertEquals(Map.of("1", IMAGE.descriptor().digest()), digests());
    push("team/app:2", OTHER);
  }

  @Test
  void whatWasPutOutlivesAPowerLoss() throws Exception {
    assumeTrue(LossyDisk.missing().isEmpty(), () -> LossyDisk.missing().orElse(""));
    try (LossyDisk disk = LossyDisk.make(root, 32)) {
      var pusher = new LayoutResolver(Optional.of(disk.path()), true);
      for (Blob b : IMAGE.blobs()) {
        pusher.put(target("team/app:1", IMAGE), b.descriptor(), new ByteArrayInputStream(b.bytes()), Access.anonymous());
      }
      try (LossyDisk left = disk.afterPowerLoss()) {
        var layout = new OciLayout(left.path().resolve("team/app"));
        assertEquals(Map.of("1", IMAGE.descriptor()), layout.tags());
        for (Blob b : IMAGE.blobs()) assertArrayEquals(b.bytes(), Files.readAllBytes(layout.path(b.descriptor().digest())));
      }
    }
  }

  @Test
  void nothingIsWrittenWhereItMayNotBe() throws IOException {
    var reader = new LayoutResolver(Optional.of(root), false);
    assertThrows(UnsupportedException.class, () -> reader.exists(target("a:1", IMAGE), IMAGE.descriptor(), Access.anonymous()));
    Path outside = Files.createDirectories(root.resolveSibling(root.getFileName() + "-outside"));
    try {
      Files.createSymbolicLink(root.resolve("team"), outside);
      assertThrows(IOException.class, () -> push("team/app:1", IMAGE));
      try (var files = Files.list(outside)) {
        assertEquals(0, files.count());
      }
    } finally {
      Files.delete(outside);
    }
  }

  @Test
  void otherToolsReadItAndTheirEntriesStay() throws Exception {
    for (String p : List.of("skopeo", "umoci")) assumeTrue(Programs.find(p).isPresent(), "skipped: no " + p + " here");
    Path at = Files.createDirectories(root.resolve("team")).resolve("app");
    Programs.output("umoci", "init", "--layout", at.toString());
    Programs.output("umoci", "new", "--image", at + ":theirs");
    push("team/app:ours", IMAGE);
    String told = new String(Programs.output("skopeo", "inspect", "--format", "{{.Digest}}", "oci:" + at + ":ours"),
        StandardCharsets.UTF_8);
    assertEquals(IMAGE.descriptor().digest().toString(), told.strip());
    String names = new String(Programs.output("umoci", "ls", "--layout", at.toString()), StandardCharsets.UTF_8);
    assertEquals(List.of("ours", "theirs"), names.lines().sorted().toList());
    Programs.output("skopeo", "copy", "--insecure-policy", "oci:" + at + ":ours", "oci:" + root.resolve("copy") + ":1");
  }
}
