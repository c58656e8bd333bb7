package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the script says by itself, without a manager. */
class ScriptTest {
  private Manager manager;

  @BeforeEach
  void make() throws Exception {
    manager = new Manager("http://127.0.0.1:1");
  }

  @AfterEach
  void sweep() throws Exception {
    manager.close();
  }

  @TestFactory
  List<DynamicTest> everyCommandHelps() {
    return List.of("start", "stop", "status", "shell", "train", "demo", "test", "bench").stream()
        .map(c -> DynamicTest.dynamicTest(c, () -> {
          Answer help = manager.run(c, "--help");
          assertTrue(help.out().startsWith("usage: gantry " + c), help.both());
          assertEquals(new Answer(0, help.out(), ""), help);
          assertEquals(List.of(), wide(help));
          assertEquals(help, manager.run(c, "-h"));
          assertEquals(help, manager.run("help", c));
          assertTrue(Files.notExists(manager.state()), "nothing was done");
        })).toList();
  }

  @Test
  void itHelps() throws Exception {
    Answer help = manager.run("--help");
    assertTrue(help.out().startsWith("gantry: a container manager") && help.out().contains("3 where none does"), help.both());
    assertEquals(List.of(), wide(help));
    assertTrue(help.out().contains("\nGANTRY_JAVA_OPTS in the environment of 'start'"), help.out());
    for (String word : List.of("-h", "help")) assertEquals(new Answer(0, help.out(), ""), manager.run(word));
    for (String name : List.of("ctr", "dist")) {
      Path other = manager.script().resolveSibling(name);
      for (String word : List.of("--help", "-h", "help")) {
        Process p = new ProcessBuilder(other.toString(), word).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(said.startsWith("usage: " + name + " ") && said.contains("\n  list "), said);
        assertEquals(0, p.waitFor());
      }
    }
  }

  private static List<String> wide(Answer help) {
    return help.out().lines().filter(l -> l.codePointCount(0, l.length()) > 80).toList();
  }

  @Test
  void aManagerThatIsStoppedHasAStatusOfItsOwn() throws Exception {
    Answer status = manager.run("status");
    assertEquals(new Answer(3, "no manager runs on " + manager.state() + "\n", ""), status);
    assertEquals(1, manager.run("status", "extra").code());
    assertEquals(1, manager.run("nothing").code());
  }

  /** A shell's TAB adds it. */
  @Test
  void aSlashBehindTheDefaultRootIsNoOtherRoot() throws Exception {
    for (String root : List.of("/var/lib/gantry", "/var/lib/gantry/", "/var/lib//gantry/.")) {
      Process p = new ProcessBuilder(manager.script().toString(), "--root", root, "status").redirectErrorStream(true).start();
      String said = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertTrue(said.strip().endsWith(" /run/gantry"), said);
    }
  }

  @Test
  void aJvmThatDoesNotComeUpIsToldAtOnce() throws Exception {
    var start = new ProcessBuilder(manager.command("start")).redirectErrorStream(true);
    start.environment().put("GANTRY_JAVA_OPTS", "-Xmx8m"); // less than where it begins
    long begun = System.nanoTime();
    Process p = start.start();
    String said = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(1, p.waitFor());
    assertTrue(said.contains("heap size"), said);
    assertTrue(System.nanoTime() - begun < 20_000_000_000L, "it waited for what cannot come");
  }

  /** It speaks before it does anything, and is slow here, so that it is looked for before it says which process it is. */
  @Test
  void aWordOfTheJvmIsNoEnd() throws Exception {
    var start = new ProcessBuilder(manager.command("start")).redirectErrorStream(true);
    start.environment().put("JAVA_TOOL_OPTIONS", "-Dnothing=so -Xint");
    Process p = start.start();
    String said = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    assertEquals(0, manager.run("stop").code());
  }
}
