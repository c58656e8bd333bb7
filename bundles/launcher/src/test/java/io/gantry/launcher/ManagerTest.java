package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A manager in a JVM of its own, with one bundle. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManagerTest {
  private static final int TERMINATED = 128 + 15;
  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();
  private Path home;
  private Path root;
  private Path state;

  @BeforeEach
  void archive() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    home = folder.resolve("home");
    root = folder.resolve("root");
    state = folder.resolve("state");
    Files.createDirectories(home.resolve("bundles"));
    Files.createDirectories(home.resolve("config"));
    Files.writeString(home.resolve("config/logging.cfg"), "root = INFO\n");
    witness(home.resolve("bundles/witness.jar"));
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process p : started) p.destroyForcibly().waitFor();
  }

  private static void witness(Path jar) throws IOException {
    var m = new Manifest();
    m.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    m.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    m.getMainAttributes().putValue("Bundle-SymbolicName", "witness");
    m.getMainAttributes().putValue("Bundle-Activator", Witness.class.getName());
    m.getMainAttributes().putValue("Import-Package", "org.osgi.framework,org.slf4j;version=\"[2,3)\"");
    try (OutputStream file = Files.newOutputStream(jar); var out = new JarOutputStream(file, m);
        var in = Witness.class.getResourceAsStream("Witness.class")) {
      out.putNextEntry(new ZipEntry(Witness.class.getName().replace('.', '/') + ".class"));
      in.transferTo(out);
    }
  }

  private Process start() throws IOException {
    return start(System.getProperty("java.class.path"));
  }

  private Process start(String classPath, String... before) throws IOException {
    var command = new ArrayList<>(List.of(before));
    command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--sun-misc-unsafe-memory-access=allow",
        "-cp", classPath, Main.class.getName(), home.toString(), root.toString(), state.toString()));
    Process p = new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile()).start();
    started.add(p);
    return p;
  }

  private static String fails(Process p) throws Exception {
    String err = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, p.waitFor(), err);
    return err;
  }

  private String await(String name) throws Exception {
    Path file = state.resolve(name);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Files.notExists(file)) {
      if (System.nanoTime() > end) throw new AssertionError(file + " did not come; " + Files.readString(folder.resolve("out")));
      Thread.sleep(20);
    }
    String text = Files.readString(file);
    Files.delete(file);
    return text;
  }

  @Test
  void startsStopsAndSurvivesAKill() throws Exception {
    Process first = start();
    assertEquals("1 " + root, await("started"));
    assertEquals("root = INFO\n", Files.readString(root.resolve("config/logging.cfg")));
    String refused = fails(start());
    assertEquals("gantry: another manager (pid " + first.pid() + ") runs on " + root
        + "; stop it, or give this one another --root and --state\n", refused);
    first.destroy();
    assertEquals(TERMINATED, first.waitFor());
    assertEquals("1", await("stopped"));
    assertTrue(Files.notExists(state.resolve("gantry.pid")));
    Process second = start();
    assertEquals("2 " + root, await("started"));
    second.destroyForcibly().waitFor();
    Process third = start();
    assertEquals("3 " + root, await("started"));
    assertEquals(third.pid() + "\n", Files.readString(state.resolve("gantry.pid")));
    String log = Files.readString(root.resolve("log/gantry.log"));
    assertTrue(
        log.contains("the witness is there | and ?[2Jlies\njava.io.IOException: it?[2J fell\n\tat io.gantry.launcher.Witness.start("), log);
  }

  @Test
  void anArchiveWithoutBundles() throws Exception {
    Files.delete(home.resolve("bundles/witness.jar"));
    assertTrue(fails(start()).contains("there are no bundles in " + home.resolve("bundles")));
  }

  @Test
  void aBundleThatDoesNotStartIsToldAndStopsNoOther() throws Exception {
    var m = new Manifest();
    m.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    m.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    m.getMainAttributes().putValue("Bundle-SymbolicName", "broken");
    m.getMainAttributes().putValue("Import-Package", "not.there");
    try (OutputStream file = Files.newOutputStream(home.resolve("bundles/broken.jar")); var out = new JarOutputStream(file, m)) {
      out.putNextEntry(new ZipEntry("a/"));
    }
    start();
    assertEquals("1 " + root, await("started"));
    Path log = root.resolve("log/gantry.log"); // the other bundle may be the first
    String told = "bundle broken 0.0.0 did not start";
    for (long end = System.nanoTime() + 20_000_000_000L; !Files.readString(log).contains(told) && System.nanoTime() < end; ) {
      Thread.sleep(20);
    }
    Process p = started.getFirst();
    p.destroy();
    p.waitFor();
    assertTrue(Files.readString(log).contains(told));
  }

  /** In a copy that everybody can read, since a checkout and Maven's store may be closed to others. */
  @Test
  void anybodyElseThanRootIsToldSo() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv");
    Path open = Files.createDirectories(folder.resolve("open"));
    var copies = new ArrayList<String>();
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path copy = open.resolve(copies.size() + (entry.endsWith(".jar") ? ".jar" : ""));
      run("cp", "-r", entry, copy.toString());
      copies.add(copy.toString());
    }
    run("chmod", "-R", "a+rX", open.toString());
    run("chmod", "a+x", folder.toString());
    Process p = start(String.join(":", copies), "setpriv", "--reuid=65534", "--clear-groups");
    String err = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("gantry: starting a manager needs root: it makes mounts and containers. Try it as root\n", err);
    assertEquals(1, p.waitFor());
    assertTrue(Files.notExists(root), "nothing was made");
  }

  private static void run(String... words) throws Exception {
    assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor(), String.join(" ", words));
  }
}
