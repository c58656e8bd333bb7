package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What namespaces share, and what a collection takes of it. */
class SharingTest extends CtrWorld {
  /** Of those blobs whose bytes are in the store. */
  private static Set<String> stored(List<Blob> blobs) throws IOException {
    Set<String> wanted = blobs.stream().map(b -> b.digest().hex()).collect(Collectors.toSet());
    try (Stream<Path> all = Files.walk(manager.root().resolve("content"))) {
      return all.map(p -> p.getFileName().toString()).filter(wanted::contains).collect(Collectors.toSet());
    }
  }

  /**
   * Removed in one namespace and collected: in the other its container still runs, and starts anew; removed there too, its bytes are gone.
   */
  @Test
  void whatAnotherNamespaceHasStays() throws Exception {
    Image shared = plain("collected\n");
    List<Blob> blobs = shared.blobs();
    try (FaultyRegistry counting = FaultyRegistry.start()) {
      counting.add("library/collected", "1", shared);
      String name = counting.host() + "/library/collected:1";
      Ctr a = in("collect-a").ours();
      Ctr b = in("collect-b").ours();
      a.ok("images", "pull", "--plain-http", name);
      counting.forget();
      b.ok("images", "pull", "--plain-http", name);
      assertEquals(0, counting.bytesSent(On.every()), counting.requests()::toString);
      try (Running run = Running.begin(b, List.of("run", "-d", name, "runs", "/bin/sleep", "1000"))) {
        run.end();
      }
      a.ok("images", "rm", "--sync", name);
      manager.ok("-n", a.namespace(), "dist:gc");
      assertEquals("", a.ok("content", "ls", "-q"), "all of it has gone there");
      assertEquals("", manager.ok("-n", a.namespace(), "snapshot:list", "-q"));
      assertEquals(blobs.size(), stored(blobs).size());
      assertTrue(b.ok("tasks", "ls").contains("RUNNING"));
      assertEquals("collected", b.ok("tasks", "exec", "--exec-id", "e", "runs", "/bin/cat", "/etc/motd"));
      assertTrue(b.ok("images", "check").contains("complete"));
      manager.ok("-n", b.namespace(), "dist:verify", name);
      assertEquals("collected", b.ok("run", "--rm", name, "another"));

      b.ok("images", "rm", "--sync", name);
      manager.ok("-n", b.namespace(), "dist:gc");
      assertEquals("collected", b.ok("tasks", "exec", "--exec-id", "f", "runs", "/bin/cat", "/etc/motd"),
          "its container holds its snapshot");
      b.ok("tasks", "rm", "-f", "runs");
      b.ok("containers", "rm", "runs");
      manager.ok("-n", b.namespace(), "dist:gc");
      assertEquals("", b.ok("content", "ls", "-q"));
      assertEquals("", manager.ok("-n", b.namespace(), "snapshot:list", "-q"));
      assertEquals(Set.of(), stored(blobs), "the bytes are gone");
    }
  }

  /** Where namespaces are isolated each brings its own bytes, unless one that has them says that it shares. */
  @Test
  void anIsolatedNamespaceBringsItsOwnBytes() throws Exception {
    Path config = manager.root().resolve("config").resolve("content.cfg");
    String before = Files.readString(config);
    try (FaultyRegistry counting = FaultyRegistry.start()) {
      Image image = plain("isolated\n");
      long layers = image.layers().stream().mapToLong(l -> l.blob().length).sum();
      counting.add("library/isolated", "1", image);
      String name = counting.host() + "/library/isolated:1";
      Ctr owner = in("isolated-owner").ours();
      owner.ok("images", "pull", "--plain-http", name);
      Files.writeString(config, before.replaceAll("(?m)^#? *policy *=.*$", "policy = isolated"));
      var probes = new AtomicInteger();
      until("each brings its own", () -> {
        counting.forget();
        in("isolated-" + probes.incrementAndGet()).ours().ok("images", "pull", "--plain-http", name);
        return counting.bytesSent(On.blobs()) >= layers;
      });
      counting.forget();
      Ctr other = in("isolated-other").ours();
      other.ok("images", "pull", "--plain-http", name);
      assertTrue(counting.bytesSent(On.blobs()) >= layers, counting.requests()::toString);
      assertTrue(other.ok("images", "check").contains("complete"));
      assertEquals("isolated", other.ok("run", "--rm", name, "of-the-other"));

      owner.ok("namespaces", "label", owner.namespace(), "containerd.io/namespace.shareable=true");
      counting.forget();
      in("isolated-guest").ours().ok("images", "pull", "--plain-http", name);
      assertEquals(0, counting.bytesSent(On.blobs()), counting.requests()::toString);
    } finally {
      Files.writeString(config, before);
    }
  }

  /** Without --async the answer comes when the layers are gone. */
  @Test
  void layersOfAnUnpackedImageArePruned() throws Exception {
    Comparison c = in("prune");
    c.pull(image);
    c.same("content", "prune", "references", "--dry");
    c.same("content", "prune", "references");
    c.same("content", "ls");
    c.same("images", "check");
    c.same("run", "--rm", image, "still", "/bin/cat", "/etc/motd");
    c.end();
  }
}
