package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Wrong files, folders, users and hosts of a manager: one clear message, and it works once they are right. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadManagerTest {
  private static final Random RANDOM = new Random(1);
  private Manager manager;

  @BeforeEach
  void make() throws IOException {
    Manager.missing().ifPresent(why -> assumeTrue(false, why));
    manager = new Manager("http://127.0.0.1:1");
  }

  @AfterEach
  void sweep() throws Exception {
    if (manager != null) manager.close();
  }

  /** @param layers bytes of each */
  private static io.gantry.kit.image.Image image(int... layers) {
    ImageBuilder image = new ImageBuilder();
    for (int bytes : layers) {
      byte[] noise = new byte[bytes];
      RANDOM.nextBytes(noise);
      image.layer(new LayerBuilder().file("noise", noise, 0644).gzip());
    }
    return image.cmd("x").build(ImageFormat.OCI);
  }

  private static void refused(Answer a, String... parts) {
    assertEquals(1, a.code(), a.both());
    for (String part : parts) assertTrue(a.err().contains(part), "'" + part + "' is not in: " + a.both());
    assertEquals(1, a.err().strip().lines().count(), "one message: " + a.both());
  }

  private Path config(String name) {
    return manager.root().resolve("config").resolve(name);
  }

  /** Until the log or the list of drivers tells of it: a changed file is noticed in a moment. */
  private void told(String... parts) throws Exception {
    String log = "";
    for (int i = 0; i < 300; i++, TimeUnit.MILLISECONDS.sleep(100)) {
      log = Files.readString(manager.root().resolve("log").resolve("gantry.log")) + manager.ok("driver:list");
      if (List.of(parts).stream().allMatch(log::contains)) return;
    }
    throw new AssertionError(List.of(parts) + " is not in " + log);
  }

  @Test
  void garbageInConfigurationAtStart() throws Exception {
    Files.createDirectories(config("x").getParent());
    Files.writeString(config("swap.cfg"), "drain.timeout = soon\n");
    Files.writeString(config("tasks.cfg"), "no-such-key = 1\n");
    Files.writeString(config("layer.tar~tar.cfg"), "\u0001 this is no file of keys\n");
    manager.ok("start");
    told("swap.cfg", "drain.timeout", "tasks.cfg", "no-such-key", "layer.tar~tar.cfg");
    try (FaultyRegistry r = FaultyRegistry.start().add("a", "1", image(10))) {
      Files.writeString(config("layer.tar~tar.cfg"), "");
      told("layer.tar~tar.cfg is right again");
      manager.ok("dist:pull", "-q", r.host() + "/a:1");
    }
  }

  @Test
  void garbageInConfigurationOfARunningManager() throws Exception {
    manager.ok("start");
    Files.writeString(config("transfer.cfg"), "downloads = many\n");
    Files.writeString(config("swap.cfg"), "drain.timeout = soon\n");
    Files.writeString(config("snapshot.overlay~overlayfs.cfg"), "no-such-key = 1\n");
    told("transfer.cfg", "downloads", "swap.cfg", "drain.timeout", "snapshot.overlay~overlayfs.cfg", "no-such-key");
    try (FaultyRegistry r = FaultyRegistry.start().add("a", "1", image(10))) {
      manager.ok("dist:pull", "-q", r.host() + "/a:1"); // by the last good values
    }
  }

  /** What the schema lets pass and the driver refuses: its sentence is shown, and no name of Java's. */
  @Test
  void aDriverThatCannotBeMade() throws Exception {
    String why = "mount.options has 'lowerdir=/etc', which this driver sets itself";
    Files.createDirectories(config("x").getParent());
    Files.writeString(config("snapshot.overlay~overlayfs.cfg"), "mount.options = lowerdir=/etc\n");
    manager.ok("start");
    try (FaultyRegistry r = FaultyRegistry.start().add("a", "1", image(10))) {
      Files.writeString(config("swap.cfg"), "replacement.timeout = 1s\n");
      Answer pull = manager.run("dist:pull", "-q", r.host() + "/a:1");
      refused(pull, "snapshot/overlayfs", "cannot be activated: " + why);
      String row = manager.ok("driver:list").lines().filter(l -> l.contains(" overlayfs ")).findFirst().orElseThrow();
      assertTrue(row.endsWith(" " + why), row);
      Files.writeString(config("snapshot.overlay~overlayfs.cfg"), "");
      Answer again = pull;
      for (int i = 0; i < 30 && again.code() != 0; i++) again = manager.run("dist:pull", "-q", r.host() + "/a:1");
      assertEquals(0, again.code(), again.both());
    }
  }

  @Test
  void aValueOutOfBoundsKeepsTheLastGoodOne() throws Exception {
    manager.ok("start");
    manager.ok("dist:images");
    Files.writeString(config("metadata.mapdb~mapdb.cfg"), "checkpoint.megabytes = 0\n");
    String why =
        "metadata.mapdb~mapdb.cfg:1: checkpoint.megabytes = '0' is out of bounds: expected at least 1; the last good values are used";
    String rows = "";
    for (int i = 0; i < 100 && !rows.contains(why); i++) rows = manager.ok("driver:list");
    assertTrue(rows.contains(why), rows);
    manager.ok("dist:images");
  }

  private static Answer run(List<String> command) throws Exception {
    Path out = Files.createTempFile("gantry-itest", "out");
    Path err = Files.createTempFile("gantry-itest", "err");
    try {
      Process p = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      assertTrue(p.waitFor(60, TimeUnit.SECONDS), "it does not end: " + command);
      return new Answer(p.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  @Test
  void notRoot(@TempDir Path folder) throws Exception {
    assumeTrue(Programs.find("setpriv").isPresent(), "no setpriv in the PATH");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Files.setPosixFilePermissions(bin, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path script = Files.copy(manager.script(), bin.resolve("gantry"));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String command : List.of("start", "stop", "status")) {
      Answer a = run(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", script.toString(), "--root",
          "/tmp/gantry-no", command));
      assertEquals(command.equals("status") ? 4 : 1, a.code(), a.both());
      assertTrue(a.err().startsWith("gantry: " + command + ": ") && a.err().endsWith("try it as root\n"), a.both());
    }
    assertTrue(Files.notExists(Path.of("/tmp/gantry-no")));
  }

  @Test
  void aRootThatMountsCannotName(@TempDir Path folder) throws Exception {
    Path root = folder.resolve("of mine").resolve("root");
    refused(run(List.of(manager.script().toString(), "--root", root.toString(), "start")), "'" + root + "'", "choose another by --root");
    assertTrue(Files.notExists(root), "what the start made for itself is gone");
    Path mine = Files.createDirectories(root.resolve("log"));
    refused(run(List.of(manager.script().toString(), "--root", root.toString(), "start")), "choose another by --root");
    try (Stream<Path> left = Files.walk(root)) {
      assertEquals(List.of(root, mine), left.toList(), "what was there is there");
    }
  }

  /** As under nohup, or in the background of a script: a signal that the manager ignored could end no container. */
  @Test
  void whoStartsItIgnoresSignals() throws Exception {
    var start = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh"));
    start.addAll(manager.command("start"));
    Process p = new ProcessBuilder(start).inheritIO().start();
    assertEquals(0, p.waitFor());
    String pid = Files.readString(manager.state().resolve("gantry.pid")).strip();
    long ignored = Files.readAllLines(Path.of("/proc", pid, "status")).stream().filter(l -> l.startsWith("SigIgn:"))
        .mapToLong(l -> Long.parseUnsignedLong(l.substring(7).strip(), 16)).findFirst().orElseThrow();
    assertEquals(0, ignored & 0b11, "SIGHUP is bit 0, SIGINT bit 1");
  }

  @Test
  void ctrlCWhileItStartsLeavesNoManager() throws Exception {
    for (int millis : List.of(0, 50, 200, 400)) {
      var slow = new ProcessBuilder(manager.command("start")).redirectErrorStream(true);
      slow.environment().put("GANTRY_JAVA_OPTS", "-Xint"); // so that it has not started by then
      Process start = slow.start();
      while (Files.notExists(manager.state().resolve("start.err"))) TimeUnit.MILLISECONDS.sleep(5);
      TimeUnit.MILLISECONDS.sleep(millis);
      assertEquals(0, run(List.of("kill", "-INT", Long.toString(start.pid()))).code());
      assertTrue(start.waitFor(60, TimeUnit.SECONDS));
      String said = new String(start.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(130, start.exitValue(), said);
      assertEquals("gantry: start: interrupted, no manager runs\n", said);
      assertEquals(3, manager.run("status").code());
    }
    manager.ok("start");
  }

  @Test
  void aSecondManager() throws Exception {
    manager.ok("start");
    String pid = Files.readString(manager.state().resolve("gantry.pid")).strip();
    refused(manager.run("start"), "pid " + pid);
    String other = manager.state() + "-2";
    refused(run(List.of(manager.script().toString(), "--root", manager.root().toString(), "--state", other, "start")), "pid " + pid,
        manager.root().toString());
    assertTrue(Files.notExists(Path.of(other)));
    assertEquals(manager.root().resolve("log").resolve("console.log"), Files.readSymbolicLink(Path.of("/proc", pid, "fd", "1")));
    manager.ok("dist:images");
  }

  @Test
  void theDiskIsFull() throws Exception {
    Files.createDirectories(manager.root());
    assertEquals(0, run(List.of("mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "gantry-itest", manager.root().toString())).code());
    io.gantry.kit.image.Image big = image(8 << 20, 2 << 20);
    try (FaultyRegistry r = FaultyRegistry.start().add("big", "1", big).add("small", "1", image(10))) {
      r.fault(On.blob(big.layers().getFirst().digest()), Fault.throttle(4_000_000));
      r.fault(On.blob(big.layers().getLast().digest()), Fault.throttle(200_000)); // it is on its way when the other one fills the disk
      manager.ok("start");
      Path filler = manager.root().resolve("filler");
      try (var out = Files.newOutputStream(filler)) {
        byte[] block = new byte[1 << 20];
        while (Files.getFileStore(manager.root()).getUsableSpace() > (4 << 20)) out.write(block);
      }
      refused(manager.run("dist:pull", "-q", r.host() + "/big:1"), "disk", "full");
      assertEquals("", manager.ok("dist:active", "-q"), "what was not finished gives its room back");
      assertEquals("", manager.ok("dist:images", "-q"));
      manager.ok("dist:pull", "-q", r.host() + "/small:1");
      Files.delete(filler);
      r.heal();
      Answer again = manager.run("dist:pull", "-q", r.host() + "/big:1");
      assertEquals(0, again.code(), again.both());
    } finally {
      manager.run("stop");
      assertEquals(0, run(List.of("umount", manager.root().toString())).code());
    }
  }

  @Test
  void aCertificateOfOnesOwn(@TempDir Path folder) throws Exception {
    var certificate = TestCertificate.create(folder);
    manager.ok("start");
    try (FaultyRegistry r = FaultyRegistry.startTls(certificate).add("a", "1", image(10))) {
      refused(manager.run("dist:pull", "-q", r.host() + "/a:1"), "certificate of " + r.host(), "ca = ", "hosts.toml");
      Path hosts = Files.createDirectories(manager.root().resolve("hosts").resolve(r.host()));
      Files.writeString(hosts.resolve("hosts.toml"), "server = \"https://" + r.host() + "\"\nca = \"" + certificate.pem() + "\"\n");
      manager.ok("dist:pull", "-q", r.host() + "/a:1");
    }
  }

  /** Most bundles start before the one that takes what is said of them to the log. */
  @Test
  void aBundleWithoutOneOfItsClasses(@TempDir Path folder) throws Exception {
    Path home = folder.resolve("home");
    assertEquals(0, run(List.of("cp", "-a", System.getProperty("gantry.home"), home.toString())).code());
    Path damaged;
    try (Stream<Path> jars = Files.list(home.resolve("bundles"))) {
      damaged = jars.filter(j -> j.getFileName().toString().startsWith("grpc-")).findFirst().orElseThrow();
    }
    try (FileSystem jar = FileSystems.newFileSystem(damaged)) {
      Files.delete(jar.getPath("io", "gantry", "grpc", "Listener.class"));
    }
    try (Manager other = new Manager("http://127.0.0.1:1", "", home)) {
      other.ok("start");
      List<String> log = Files.readAllLines(other.root().resolve("log").resolve("gantry.log"));
      List<String> why = log.stream().filter(l -> l.contains(" ERROR ") && l.contains("io.gantry.grpc")).toList();
      assertEquals(1, why.size(), () -> String.join("\n", log));
      assertTrue(log.stream().anyMatch(l -> l.contains("NoClassDefFoundError: ") && l.endsWith("Listener")), () -> String.join("\n", log));
      assertEquals("", other.ok("dist:images", "-q"), "what does not need it works");
    }
  }
}
