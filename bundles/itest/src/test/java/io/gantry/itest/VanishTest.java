package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.RegistryPush;
import io.gantry.kit.registry.ThrottledProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clients that are killed with SIGKILL in the midst of an attach and of a pull: nothing of them is left, and nothing of theirs is lost. */
class VanishTest extends CtrWorld {
  private static final int SIZE = 6 << 20;
  private static final long SLOW = 1 << 20;
  private static final int ATTACHED = 10;

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(manager.pid()), "fd"))) {
      return all.count();
    }
  }

  /** Names of the manager's threads; those of pools come and stay. */
  private static List<String> threads() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(manager.pid()), "task"))) {
      return all.map(VanishTest::name).filter(n -> !n.isEmpty()).sorted().toList();
    }
  }

  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  private static Set<String> fifos() throws IOException {
    Path folder = Path.of("/run/containerd/fifo");
    if (!Files.isDirectory(folder)) return Set.of();
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void inTheMidstOfAnAttach() throws Exception {
    Comparison c = in("vanish-attach");
    for (Ctr side : List.of(c.theirs(), c.ours())) side.ok("images", "pull", "--plain-http", image);
    for (Ctr side : List.of(c.theirs(), c.ours())) {
      Set<String> before = fifos();
      String script = "i=0; while true; do i=$((i+1)); echo line $i; usleep 1000; done";
      try (Running run = Running.begin(side, List.of("run", "-d", image, "writes", "/bin/sh", "-c", script))) {
        run.end();
      }
      var made = new TreeSet<>(fifos());
      made.removeAll(before);
      assertEquals(1, made.size(), "a container has its FIFOs");
      side.ok("tasks", "ls");
      long open = descriptors();
      for (int round = 0; round < 2; round++) {
        List<Running> all = new ArrayList<>();
        for (int i = 0; i < ATTACHED; i++) all.add(Running.begin(side, List.of("tasks", "attach", "writes")));
        try {
          until("one of them reads", () -> all.stream().anyMatch(r -> text(r).contains("line ")));
        } catch (AssertionError e) {
          throw new AssertionError(side.namespace() + ": " + all.stream().map(r -> said(r)).toList() + " of " + side.ok("tasks", "ls"), e);
        }
        if (side == c.ours()) {
          for (int i = 0; i < ATTACHED; i++) all.add(attached(side));
          until("the manager reads for one of ours", () -> readers() > 0 && descriptors() > open + 3);
        }
        for (Running r : all) r.close();
        assertTrue(side.ok("tasks", "ls").contains("RUNNING"));
      }
      assertTrue(fifos().containsAll(made), "they are as containerd leaves them");
      try (Running last = Running.begin(side, List.of("tasks", "attach", "writes"))) {
        last.until("line "); // it goes on where it stood still
      }
      if (side == c.ours()) {
        until("no descriptor of theirs is left", () -> descriptors() <= open + 3);
        until("no thread of theirs is left", () -> readers() == 0);
      }
      side.ok("tasks", "rm", "-f", "writes");
      side.ok("containers", "rm", "writes");
      var left = new TreeSet<>(fifos());
      left.retainAll(made);
      assertEquals(Set.of(), left);
    }
  }

  /** By ctr:attach: the manager opens the FIFOs, which ctr does by itself. */
  private static Running attached(Ctr side) throws IOException {
    Path out = Files.createTempFile(dir, "out", "");
    Path err = Files.createTempFile(dir, "err", "");
    return new Running(new ProcessBuilder(manager.command("-n", side.namespace(), "ctr:attach", "writes")).redirectOutput(out.toFile())
        .redirectError(err.toFile()).start(), out, err);
  }

  /** Threads of the manager that read what a container writes. */
  private static long readers() throws IOException {
    return threads().stream().filter(n -> n.startsWith("fifo-")).count();
  }

  private static String said(Running r) {
    try {
      return (r.process().isAlive() ? "alive: " : r.process().exitValue() + ": ") + r.text() + Files.readString(r.err());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(Running r) {
    try {
      return r.text();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** One layer of bytes that no packing makes less. */
  private static void push(String repository, long seed) throws Exception {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    new RegistryPush(registry.uri()).push(repository, "1", new ImageBuilder().layer(new LayerBuilder().file("big", bytes, 0644).gzip())
        .build(ImageFormat.OCI));
  }

  /** What its lease holds is as containerd has it: for a day, which its label tells; the bytes that came are not fetched again. */
  @Test
  void inTheMidstOfAPullByCtr() throws Exception {
    push("vanish/ctr", 1);
    Ctr ctr = in("vanish-pull").ours();
    try (ThrottledProxy proxy = ThrottledProxy.start(registry.uri(), SLOW)) {
      String name = proxy.host() + "/vanish/ctr:1";
      long open = descriptors();
      try (Running pull = Running.begin(ctr, List.of("images", "pull", "--plain-http", name))) {
        until("a third is here", () -> proxy.bodyBytes() > SIZE / 3);
      }
      until("its writer is gone", () -> descriptors() <= open + 3);
      List<String> leases = ctr.ok("leases", "ls").lines().skip(1).toList();
      assertEquals(1, leases.size(), leases::toString);
      assertTrue(leases.getFirst().contains("containerd.io/gc.expire=20"), leases::toString);
      String active = ctr.ok("content", "active");
      assertTrue(active.contains("layer-sha256:"), active);
      manager.ok("-n", ctr.namespace(), "dist:gc");
      assertEquals(active.lines().count(), ctr.ok("content", "active").lines().count(), "what can be resumed stays");
      assertEquals("", ctr.ok("images", "ls", "-q"));
      proxy.rate(0);
      ctr.ok("images", "pull", "--plain-http", name);
      assertTrue(proxy.bodyBytes() < SIZE * 1.2, proxy.bodyBytes() + " bytes were fetched of an image of " + SIZE);
      assertEquals(leases.size(), ctr.ok("leases", "ls").lines().skip(1).count(), "that of the second has ended with it");
      assertTrue(ctr.ok("images", "check").contains("complete"));
      manager.ok("-n", ctr.namespace(), "dist:verify", name);
    }
  }

  @Test
  void aLeaseOfAClientThatIsGoneEnds() throws Exception {
    Ctr ctr = in("vanish-lease").ours();
    ctr.ok("leases", "create", "--id", "short", "--expires", "1s");
    ctr.ok("leases", "create", "--id", "long", "--expires", "1h");
    until("it has ended", () -> {
      manager.ok("-n", ctr.namespace(), "dist:gc");
      return ctr.ok("leases", "ls", "-q").equals("long");
    });
  }

  @Test
  void inTheMidstOfAPullOfOurs() throws Exception {
    push("vanish/ours", 2);
    String space = in("vanish-ours").ours().namespace();
    try (ThrottledProxy proxy = ThrottledProxy.start(registry.uri(), SLOW)) {
      String name = proxy.host() + "/vanish/ours:1";
      Path hosts = Files.createDirectories(manager.root().resolve("hosts").resolve(proxy.host()));
      Files.writeString(hosts.resolve("hosts.toml"), "server = \"" + proxy.uri() + "\"\n"); // it takes no TLS, and does not say so
      for (int i = 1; i <= 2; i++) {
        Path said = Files.createTempFile(dir, "pull", "");
        Process pull = new ProcessBuilder(manager.command("-n", space, "dist:pull", name)).redirectErrorStream(true)
            .redirectOutput(said.toFile()).start();
        long enough = SIZE * i / 4;
        try (var running = new Running(pull, said, said)) {
          until(enough + " bytes are here", () -> {
            assertTrue(pull.isAlive(), () -> "it has ended: " + text(running));
            return proxy.bodyBytes() > enough;
          });
        } // killed with SIGKILL
        until("its lease has ended, and another one holds what came", () -> {
          List<String> leases = manager.ok("-n", space, "lease:list", "-q").lines().toList();
          return leases.size() == 1 && leases.getFirst().startsWith("resume-");
        });
        until("its session has ended", () -> !threads().contains("shell-command"));
        until("nobody fetches for it", () -> { // bytes that were on their way come to an end
          long before = proxy.bodyBytes();
          TimeUnit.MILLISECONDS.sleep(500);
          return proxy.bodyBytes() == before;
        });
        assertEquals(1, manager.ok("-n", space, "dist:active", "-q").lines().count(), "what came can be resumed");
        assertEquals("", manager.ok("-n", space, "dist:images", "-q"));
      }
      manager.ok("-n", space, "dist:gc");
      proxy.rate(0);
      manager.ok("-n", space, "dist:pull", "-q", name);
      assertTrue(proxy.bodyBytes() < SIZE * 1.2, proxy.bodyBytes() + " bytes were fetched of an image of " + SIZE);
      assertEquals("", manager.ok("-n", space, "lease:list", "-q"));
      assertTrue(manager.ok("-n", space, "dist:check").matches("(?s).*complete \\(3/3\\).*true.*"));
      assertEquals("", manager.ok("-n", space, "dist:active", "-q"));
      manager.ok("-n", space, "dist:verify", name);
    }
  }
}
