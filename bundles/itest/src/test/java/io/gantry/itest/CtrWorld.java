package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.RegistryPush;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.world.Containerd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A manager, Debian's containerd and a registry, for Debian's {@code ctr}; at the end nothing of theirs is left. */
abstract class CtrWorld {
  /** Where a client makes the FIFOs of its containers. */
  private static final Path FIFOS = Path.of("/run/containerd/fifo");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Set<String> NAMESPACES = new ConcurrentSkipListSet<>();
  /** Below a side's folder: where tests mount. */
  static final List<String> MOUNTED = List.of("ro", "rw");
  private static Set<String> fifosBefore;
  static Path dir;
  static RealRegistry registry;
  static Manager manager;
  static Containerd containerd;
  /** Of two layers, the second of which removes a file of the first. */
  static String image;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), Containerd.missing(), Ctr.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    NAMESPACES.clear();
    fifosBefore = names(FIFOS);
    dir = Files.createTempDirectory("gantry-ctr").toRealPath();
    registry = RealRegistry.start();
    new RegistryPush(registry.uri()).push("library/plain", "1", plain("hello\n"));
    image = registry.host() + "/library/plain:1";
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    containerd = new Containerd();
  }

  @AfterAll
  static void stop() throws Exception {
    if (containerd != null) {
      for (String namespace : NAMESPACES) {
        for (Ctr side : List.of(ours(), theirs())) sweep(side.in(namespace));
      }
    }
    if (containerd != null) containerd.close();
    if (manager != null) manager.close();
    if (registry != null) registry.close();
    if (dir == null) return;
    until("nothing is left", () -> left().isEmpty());
    Programs.output("rm", "-rf", dir.toString());
  }

  /** Ends what a test left that failed, and unmounts what it mounted. */
  private static void sweep(Ctr side) throws Exception {
    Answer tasks = side.run("tasks", "ls", "-q");
    for (String id : tasks.code() == 0 ? tasks.out().lines().toList() : List.<String>of()) side.run("tasks", "rm", "-f", id);
    for (String target : MOUNTED) {
      Path at = side.folder().resolve(target);
      if (Files.isDirectory(at)) new ProcessBuilder("umount", at.toString()).redirectErrorStream(true).start().waitFor();
    }
  }

  /** What is there of the manager and of the containers in it after it has ended. */
  private static Set<String> left() throws IOException {
    var left = new TreeSet<String>();
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts.filter(l -> l.contains(manager.state().getParent().toString()) || l.contains(dir.toString())).forEach(left::add);
    }
    ProcessHandle.allProcesses().forEach(p -> p.info().arguments().map(List::of).filter(a -> NAMESPACES.stream().anyMatch(a::contains))
        .ifPresent(a -> left.add("process " + p.pid() + " " + a)));
    for (String fifos : names(FIFOS)) {
      if (!fifosBefore.contains(fifos)) left.add("FIFOs " + fifos + " " + Arrays.toString(Path.of(fifos).toFile().list()));
    }
    for (String namespace : NAMESPACES) left.addAll(names(CGROUPS.resolve(namespace)));
    return left;
  }

  private static Set<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return Set.of();
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isDirectory).map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** A state that comes. */
  @FunctionalInterface
  interface State {
    boolean is() throws Exception;
  }

  static void until(String what, State state) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!state.is()) {
      if (Instant.now().isAfter(end)) throw new AssertionError("not in " + PATIENCE.toSeconds() + " s: " + what + "; left: " + left());
      TimeUnit.MILLISECONDS.sleep(30);
    }
  }

  /** @param text of a file in each layer, so that no layer of another text is the same */
  static Image plain(String text) throws Exception {
    var base = new LayerBuilder().directory("bin", 0755)
        .file("bin/busybox", Files.readAllBytes(Programs.find("busybox").orElseThrow()), 0755);
    for (String name : List.of("sh", "ls", "cat", "sleep", "id", "pwd", "echo", "hostname", "touch", "stty", "ip", "usleep")) {
      base.symlink("bin/" + name, "busybox");
    }
    for (String name : List.of("etc", "proc", "sys", "dev", "tmp", "gone")) base.directory(name, 0755);
    base.file("etc/passwd", "root:x:0:0::/:/bin/sh\n").file("gone/file", text);
    var changes = new LayerBuilder().whiteout("gone/file").file("etc/motd", text);
    return new ImageBuilder().layer(base.gzip()).layer(changes.gzip()).env("PATH=/bin").cmd("/bin/cat", "/etc/motd")
        .build(ImageFormat.OCI);
  }

  static Comparison in(String namespace) throws Exception {
    var comparison = new Comparison(ours(), theirs(), namespace);
    NAMESPACES.add(comparison.ours().namespace());
    NAMESPACES.add(comparison.theirs().namespace());
    return comparison;
  }

  private static Ctr theirs() {
    return new Ctr(containerd.socket(), containerd.folder(), "default");
  }

  static Ctr ours() {
    return new Ctr(manager.state().resolve("gantry.sock"), manager.state().getParent(), "default");
  }

  /** Writes a program that both sides may start. */
  static Path program(String name, String text) throws IOException {
    Path file = Files.writeString(dir.resolve(name), text);
    assertEquals(true, file.toFile().setExecutable(true));
    return file;
  }
}
