package io.gantry.commands.ctr;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Scope;
import io.gantry.commands.Engine;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.runtime.shim.ShimComponent;
import io.gantry.service.content.Contents;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Images;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.tasks.TaskService;
import io.gantry.transfer.ImageTreeComponent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of a container's life, with a real runtime. */
class StepVerbsTest {
  private static final String IMAGE = "docker.io/library/tools:latest";
  private static final Scope SHOP = Scope.root().withNamespace("shop");
  @TempDir Path root;
  private Engine engine;

  @BeforeEach
  void open() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "skipped: containers need root");
    for (String p : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(p).isPresent(), "skipped: there is no program " + p);
    }
    engine = new Engine(root);
    engine.driver(OverlayComponent.class, "snapshot", "overlayfs", Map.of("gantry.features", "REBASE"));
    engine.driver(ShimComponent.class, "runtime", "io.containerd.runc.v2", Map.of());
    engine.start(ImageTreeComponent.class);
    engine.start(TaskService.class);
    bring();
  }

  @AfterEach
  void close() throws IOException {
    if (engine == null) return;
    try (Engine all = engine) {
      Tasks tasks = all.service(Tasks.class);
      for (TaskInfo t : tasks.list(SHOP, "", 100)) tasks.delete(SHOP, t.container().id(), true);
    }
  }

  private void bring() throws IOException {
    var layer = new LayerBuilder().file("bin/busybox", Files.readAllBytes(Programs.find("busybox").orElseThrow()), 0755);
    for (String name : List.of("sh", "sleep", "echo", "cat")) layer.symlink("bin/" + name, "busybox");
    for (String dir : List.of("proc", "dev", "sys", "tmp")) layer.directory(dir, 0755);
    Image image = new ImageBuilder().layer(layer.gzip()).cmd("/bin/sleep", "1000").env("PATH=/bin").build(ImageFormat.OCI);
    for (Blob b : image.blobs()) engine.service(Contents.class).put(SHOP, WriterSpec.of("test-" + b.digest()), b.bytes());
    engine.service(Images.class).create(SHOP, IMAGE, image.descriptor(), Map.of());
  }

  private List<String> ok(io.gantry.commands.Verb verb, String... words) throws Exception {
    var all = new java.util.ArrayList<>(List.of("-n", "shop"));
    all.addAll(List.of(words));
    return engine.ok(verb, all.toArray(String[]::new));
  }

  private int fails(io.gantry.commands.Verb verb, String... words) throws Exception {
    var all = new java.util.ArrayList<>(List.of("-n", "shop"));
    all.addAll(List.of(words));
    return engine.say(verb, all.toArray(String[]::new)).code();
  }

  private String status(String id) throws IOException {
    return TaskView.status(engine.service(Tasks.class).get(SHOP, id));
  }

  @Test
  void oneThatHasEndedIsStartedAgain() throws Exception {
    ok(new Run(), "--id", "c", "-d", IMAGE, "/bin/sh", "-c", "cat /said 2>/dev/null; echo once >> /said; exit 3");
    assertEquals(List.of("3"), ok(new Wait(), "c"));
    assertEquals(List.of(), ok(new Logs(), "c"));
    assertEquals(List.of("c"), ok(new Start(), "c"));
    assertEquals(List.of("3"), ok(new Wait(), "c"));
    assertEquals(List.of("once"), ok(new Logs(), "c"), "its files are as they were");
    ok(new Start(), "c");
    ok(new Wait(), "c");
    assertEquals(List.of("once", "once", "once"), ok(new Logs(), "-f", "c"), "the log goes on");
    ok(new Delete(), "c");
    assertEquals(1, fails(new Start(), "none"));
  }

  @Test
  void oneIsMadeAndStartedLater() throws Exception {
    assertEquals(List.of("c"), ok(new Create(), "--id", "c", "--env", "A=b", IMAGE, "/bin/sh", "-c", "echo $A; exit 4"));
    assertEquals(1, fails(new Create(), "--id", "c", IMAGE), "the id is taken");
    assertEquals("created", status("c"));
    assertEquals(List.of("c"), ok(new Start(), "c"));
    assertEquals(List.of("4"), ok(new Wait(), "c"));
    assertEquals(List.of("b"), ok(new Logs(), "-f", "c"));
    ok(new Create(), "--id", "d", IMAGE);
    ok(new Delete(), "c", "d");
    assertEquals(1, fails(new Start(), "d"));
  }

  @Test
  void oneThatRunsIsLookedAtFrozenAndHeldToLimits() throws Exception {
    ok(new Run(), "--id", "c", "-d", IMAGE, "/bin/sh", "-c", "sleep 1001 & exec sleep 1002");
    List<String> commands = List.of();
    for (long end = System.nanoTime() + SECONDS.toNanos(20); commands.size() < 2 && System.nanoTime() < end; Thread.sleep(10)) {
      commands = ok(new Top(), "c").stream().map(l -> l.replaceFirst(".* {2}", "")).filter(c -> c.matches("sleep 100[12]")).toList();
    }
    assertEquals(Set.of("sleep 1001", "sleep 1002"), Set.copyOf(commands));
    List<String> all = ok(new Top(), "c", "-q");
    assertEquals(2, all.size());
    for (String pid : all) assertTrue(Files.isDirectory(Path.of("/proc", pid)), pid);
    assertTrue(String.join("", ok(new Top(), "c", "--format", "json")).contains("\"command\" : \"sleep 1002\""));
    assertEquals(1, fails(new Start(), "c"), "it runs");

    assertEquals(List.of("c"), ok(new PauseVerb(), "c"));
    assertEquals("paused", status("c"));
    assertEquals(1, fails(new PauseVerb(), "c"));
    assertEquals(1, fails(new Start(), "c"), "it is paused");
    assertEquals(List.of("c"), ok(new Resume(), "c"));
    assertEquals("running", status("c"));
    assertEquals(1, fails(new Resume(), "c"));

    List<String> before = List.of(ok(new StatsVerb(), "c").getLast().split(" {2,}"));
    assertEquals(List.of("c", "2"), List.of(before.getFirst(), before.getLast()), () -> "" + before);
    assertEquals(List.of("c"), ok(new Update(), "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "c"));
    List<String> after = List.of(ok(new StatsVerb()).getLast().split(" {2,}"));
    assertEquals("64.0 MiB", after.get(3), () -> "" + after);
    assertNotEquals("0 B", after.get(2), () -> "" + after);
    assertTrue(String.join("", ok(new StatsVerb(), "c", "--format", "json")).contains("\"memoryLimitBytes\" : 67108864"));
    assertEquals(1, fails(new Update(), "c"), "nothing is given");
    assertEquals(1, fails(new Update(), "--memory", "much", "c"));
    assertEquals(1, fails(new StatsVerb(), "none"));
    ok(new Delete(), "-f", "c");
  }

  /** Whether it waits for the end of what it is attached to. */
  private static boolean isJoined(Thread user) {
    return user.getState() == Thread.State.WAITING && Stream.of(user.getStackTrace())
        .anyMatch(f -> f.getClassName().startsWith(Streams.class.getName()) && f.getMethodName().equals("until"));
  }

  @Test
  void oneThatRunsIsJoined() throws Exception {
    ok(new Run(), "--id", "c", "-d", IMAGE, "/bin/sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; echo hello; exit 5");
    var attached = new FutureTask<>(() -> engine.say(new Attach(), "-n", "shop", "-i", "c"));
    Thread user = Thread.ofPlatform().daemon().start(attached);
    for (long end = System.nanoTime() + SECONDS.toNanos(20); !isJoined(user) && System.nanoTime() < end;) Thread.sleep(10);
    long pid = engine.service(Tasks.class).get(SHOP, "c").state().orElseThrow().pid();
    Files.createFile(Path.of("/proc/" + pid + "/root/tmp/go"));
    Engine.Said said = attached.get(20, SECONDS);
    assertEquals("5 hello\n", said.code() + " " + said.out());
    assertTrue(said.err().matches("the standard input is not passed on: shop/c has no .*\n"), said.err());
    assertEquals(125, fails(new Attach(), "c"), "it has ended");
    assertEquals(125, fails(new Attach(), "none"));
    ok(new Delete(), "c");
  }
}
