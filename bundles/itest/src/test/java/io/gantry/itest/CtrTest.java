package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.RegistryPush;
import io.gantry.kit.registry.RealRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Debian's {@code ctr} prints against Gantry is what it prints against Debian's containerd. */
class CtrTest {
  private static final String CODE = "containerd gives the code of no kind where there is one";
  private static Path dir;
  private static RealRegistry registry;
  private static Manager manager;
  private static Containerd containerd;
  private static String image;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), Containerd.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    dir = Files.createTempDirectory("gantry-ctr").toRealPath();
    registry = RealRegistry.start();
    new RegistryPush(registry.uri()).push("library/plain", "1", plain());
    image = registry.host() + "/library/plain:1";
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    containerd = new Containerd();
  }

  @AfterAll
  static void stop() throws Exception {
    if (containerd != null) containerd.close();
    if (manager != null) manager.close();
    if (registry != null) registry.close();
    if (dir != null) Programs.output("rm", "-rf", dir.toString());
  }

  private static Image plain() throws Exception {
    var base = new LayerBuilder().directory("bin", 0755)
        .file("bin/busybox", Files.readAllBytes(Programs.find("busybox").orElseThrow()), 0755);
    for (String name : List.of("sh", "ls", "cat", "sleep", "id", "pwd", "echo")) base.symlink("bin/" + name, "busybox");
    for (String name : List.of("etc", "proc", "sys", "dev", "tmp", "gone")) base.directory(name, 0755);
    base.file("etc/passwd", "root:x:0:0::/:/bin/sh\n").file("gone/file", "gone\n");
    var changes = new LayerBuilder().whiteout("gone/file").file("etc/motd", "hello\n");
    return new ImageBuilder().layer(base.gzip()).layer(changes.gzip()).env("PATH=/bin").cmd("/bin/cat", "/etc/motd")
        .build(ImageFormat.OCI);
  }

  private static Comparison in(String namespace) throws Exception {
    return new Comparison(ours(), containerd.ctr(), namespace);
  }

  private static Ctr ours() {
    return new Ctr(manager.state().resolve("gantry.sock"), manager.state().getParent(), "default");
  }

  @Test
  void namespaces() throws Exception {
    Comparison c = in("default");
    c.same("namespaces", "create", "one", "a=b");
    c.same("namespaces", "create", "one");
    c.same("namespaces", "create", "../x");
    c.same("namespaces", "create", "two");
    c.same("namespaces", "label", "two", "k=v", "other=w");
    c.same("namespaces", "label", "two", "k=");
    c.same("namespaces", "label", "nosuch", "k=v");
    assertTrue(Comparison.byFirstWord(c.other("namespaces of other tests beside", "namespaces", "ls")).get("two").contains("other=w"));
    c.same("namespaces", "rm", "two");
    c.same("namespaces", "rm", "nosuch");
    c.end();
  }

  @Test
  void content() throws Exception {
    Comparison c = in("content");
    String digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    c.same("content", "ls");
    c.same("content", "active");
    c.typed("hello\n", "content", "ingest", "--expected-size", "6", "--expected-digest", digest, "first");
    c.typed("hello\n", "content", "ingest", "again");
    c.typed("hello\n", "content", "ingest", "--expected-size", "7", "wrong");
    c.typed("world\n", "content", "ingest", "--expected-digest", digest.replace('5', '6'), "wrong-digest");
    c.same("content", "ls");
    c.same("content", "ls", "-q");
    c.same("content", "get", digest);
    c.same("content", "label", digest, "a=b", "c=d");
    c.same("content", "label", digest, "a=");
    c.same("content", "ls");
    c.same("content", "ls", "labels.c==d");
    c.same("content", "ls", "labels.c==e");
    c.same("content", "get", digest.replace('5', '6'));
    c.same("content", "get", "nodigest");
    c.same("content", "rm", digest.replace('5', '6'));
    c.same("content", "rm", digest);
    c.same("content", "rm", digest);
    c.same("content", "ls");
    c.end();
  }

  @Test
  void leases() throws Exception {
    Comparison c = in("leases");
    c.same("leases", "ls");
    c.same("leases", "create", "--id", "mine", "a=b");
    c.same("leases", "create", "--id", "mine");
    c.same("leases", "create", "--id", "other", "--expires", "1h");
    c.same("leases", "ls");
    c.same("leases", "ls", "-q");
    c.same("leases", "rm", "mine");
    c.same("leases", "rm", "mine");
    c.same("leases", "ls");
    c.end();
  }

  @Test
  void imagesArePulledAndNamed() throws Exception {
    Comparison c = in("images");
    c.same("images", "ls");
    c.pull(image);
    c.same("images", "ls");
    c.same("images", "ls", "-q");
    c.same("images", "check");
    c.same("images", "check", "-q");
    c.same("images", "tag", image, "example.com/mine:1");
    c.same("images", "tag", image, "example.com/mine:1");
    c.same("images", "tag", "--force", image, "example.com/mine:1");
    c.same("images", "tag", "nosuch", "example.com/mine:2");
    c.same("images", "label", "example.com/mine:1", "a=b");
    c.same("images", "ls", "name==example.com/mine:1");
    c.same("images", "ls", "name~=mine:[0-9]");
    c.same("images", "ls", "labels.a==b");
    c.other("containerd passes over a filter that it cannot read", "images", "ls", "name~=(");
    c.same("content", "ls");
    c.same("snapshots", "ls");
    c.same("images", "rm", "nosuch");
    c.same("images", "rm", "example.com/mine:1");
    c.pull(registry.host() + "/library/nosuch:1");
    c.pull("--snapshotter", "native", image);
    c.same("snapshots", "--snapshotter", "native", "ls");
    c.end();
  }

  @Test
  void containersRun() throws Exception {
    Comparison c = in("run");
    c.pull(image);
    c.same("run", "--rm", image, "one");
    c.same("run", "--rm", image, "two", "/bin/sh", "-c", "echo out; echo err >&2; exit 7");
    c.same("run", "--rm", "--env", "A=b", "--cwd", "/tmp", "--user", "7:8", image, "three", "/bin/sh", "-c", "echo $A; pwd; id -u; id -g");
    c.same("run", "--rm", "--mount", "type=bind,src=/etc,dst=/tmp,options=rbind:ro", image, "four", "/bin/ls", "/tmp/hostname");
    c.same("run", "--rm", image, "five", "/nosuch");
    c.same("run", "--rm", "nosuch", "six");
    c.same("run", "--rm", "--snapshotter", "native", image, "seven", "/bin/sh", "-c", "echo native");
    c.other(CODE, "run", "--rm", "--runtime", "io.containerd.nosuch.v1", image, "eight");
    c.same("run", "--rm", "--memory-limit", "67108864", image, "nine", "/bin/sh", "-c", "echo limited");
    c.typed("echo typed; exit 3\n", "run", "--rm", image, "ten", "/bin/sh");
    c.same("containers", "ls");
    c.same("tasks", "ls");
    c.same("snapshots", "ls");
    c.end();
  }

  @Test
  void tasksAreLookedAfter() throws Exception {
    Comparison c = in("tasks");
    c.pull(image);
    c.same("run", "-d", image, "bg", "/bin/sleep", "1000");
    c.same("run", "-d", image, "bg", "/bin/sleep", "1000");
    c.same("containers", "ls");
    c.same("tasks", "ls");
    c.same("tasks", "ps", "bg");
    c.same("tasks", "exec", "--exec-id", "e1", "bg", "/bin/sh", "-c", "echo in; exit 5");
    c.same("tasks", "exec", "--exec-id", "e2", "nosuch", "/bin/sh");
    c.same("tasks", "pause", "bg");
    c.same("tasks", "ls");
    c.other(CODE, "tasks", "pause", "bg");
    c.same("tasks", "resume", "bg");
    c.other(CODE, "tasks", "resume", "bg");
    c.shape("tasks", "metrics", "bg");
    c.same("containers", "label", "bg", "a=b");
    c.same("containers", "rm", "bg");
    c.same("tasks", "rm", "bg");
    c.same("tasks", "kill", "nosuch");
    c.same("tasks", "kill", "-s", "SIGKILL", "bg");
    ended(c.ours());
    ended(c.theirs());
    c.same("tasks", "ls");
    c.same("tasks", "kill", "bg");
    c.same("tasks", "rm", "bg");
    c.same("tasks", "ls");
    c.same("tasks", "start", "-d", "bg");
    c.same("tasks", "ls");
    c.same("tasks", "rm", "-f", "bg");
    c.same("containers", "rm", "bg");
    c.same("containers", "ls");
    c.same("snapshots", "ls");
    c.end();
  }

  private static void ended(Ctr ctr) throws Exception {
    Instant end = Instant.now().plusSeconds(20);
    while (!ctr.ok("tasks", "ls").contains("STOPPED")) {
      if (Instant.now().isAfter(end)) throw new AssertionError("it does not stop: " + ctr.ok("tasks", "ls"));
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** What clients write down of a container comes back as they wrote it. */
  @Test
  void recordsOfContainersAreTheirs() throws Exception {
    Comparison c = in("records");
    c.pull(image);
    c.same("containers", "create", image, "made", "/bin/sleep", "7");
    c.same("containers", "info", "made");
    c.same("containers", "info", "--spec", "made");
    c.same("containers", "ls", "-q");
    c.same("containers", "create", image, "made");
    c.same("containers", "info", "nosuch");
    c.same("containers", "rm", "made");
    c.same("containers", "rm", "made");
    c.end();
  }

  @Test
  void snapshotsAreMadeAndCompared() throws Exception {
    Comparison c = in("snapshots");
    c.pull(image);
    c.same("snapshots", "ls");
    c.same("snapshots", "tree");
    c.same("snapshots", "usage");
    c.same("snapshots", "prepare", "empty");
    c.same("snapshots", "prepare", "empty");
    c.same("snapshots", "prepare", "below-nothing", "nosuch");
    c.same("snapshots", "info", "empty");
    c.same("snapshots", "label", "empty", "a=b");
    c.same("snapshots", "commit", "done", "empty");
    c.same("snapshots", "commit", "done", "nosuch");
    c.same("snapshots", "view", "seen", "done");
    c.same("snapshots", "rm", "done");
    c.same("snapshots", "rm", "seen");
    c.same("snapshots", "info", "done");
    c.same("snapshots", "rm", "done");
    c.same("snapshots", "rm", "done");
    c.end();
  }
}
