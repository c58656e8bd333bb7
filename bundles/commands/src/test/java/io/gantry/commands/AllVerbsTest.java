package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every verb of the bundle, found by its class: it helps, its examples are right, and what can be completed is. */
class AllVerbsTest {
  private static final Set<String> KINDS = Set.of("image", "container", "namespace", "driver", "snapshotter", "runtime", "format", "signal",
      "verb", "file", "digest", "lease", "snapshot", "write");
  /** Values that a user makes up: nothing is there to choose from. */
  private static final Set<String> FREE = Set.of("OS/ARCH", "ID", "KEY=VALUE", "TYPE", "TIME", "FILTER", "LIST", "USER[:GROUP]", "MOUNT",
      "N", "HOST",
      "COMMAND", "DIR");
  private static final Set<String> FREE_NAMES = Set.of("dist:login --user", "namespace:create NAME", "snapshot:prepare KEY",
      "snapshot:view KEY", "snapshot:commit KEY");

  private static List<Syntax> all() throws Exception {
    Path classes = Path.of(Verb.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var verbs = new ArrayList<Syntax>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path f : files.filter(p -> p.toString().endsWith(".class")).sorted().toList()) {
        String name = classes.relativize(f).toString().replace('/', '.').replaceFirst("\\.class$", "");
        Class<?> type = Class.forName(name, false, Verb.class.getClassLoader());
        if (!Verb.class.isAssignableFrom(type) || type == Verb.class) continue;
        verbs.add(type == Help.class ? new Help(new Verbs(null)).syntax() : ((Verb) type.getDeclaredConstructor().newInstance()).syntax());
      }
    }
    return verbs;
  }

  @Test
  void theyAreAllThere() throws Exception {
    List<String> names = all().stream().map(Syntax::verb).sorted().toList();
    assertEquals(List.of("ctr:attach", "ctr:create", "ctr:delete", "ctr:exec", "ctr:info", "ctr:kill", "ctr:list", "ctr:logs", "ctr:pause",
        "ctr:resume",
        "ctr:run",
        "ctr:start", "ctr:stats", "ctr:top", "ctr:update", "ctr:wait", "dist:active", "dist:apply", "dist:check", "dist:delete",
        "dist:edit", "dist:export", "dist:fetch", "dist:fetch-object", "dist:gc", "dist:get", "dist:images", "dist:import", "dist:ingest",
        "dist:inspect", "dist:label", "dist:list",
        "dist:login", "dist:logout", "dist:pull", "dist:push", "dist:rmi", "dist:tag", "dist:verify", "driver:install", "driver:list",
        "driver:remove", "driver:rollback", "driver:update", "events:follow", "gantry:help", "gantry:ready", "lease:add", "lease:create",
        "lease:list", "lease:remove", "lease:resources", "namespace:create", "namespace:label", "namespace:list", "namespace:remove",
        "snapshot:commit", "snapshot:diff", "snapshot:info", "snapshot:label", "snapshot:list", "snapshot:mount", "snapshot:prepare",
        "snapshot:remove", "snapshot:tree", "snapshot:unmount", "snapshot:usage", "snapshot:view"), names);
  }

  /** A file's name is lower case; so none is the PID of a component, which is its name, and commands.cfg may have no key. */
  @Test
  void noFileReachesAReferencesTarget() throws Exception {
    Path classes = Path.of(Verb.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.list(classes.resolve("OSGI-INF"))) {
      List<Path> components = files.filter(Files::isRegularFile).toList();
      assertTrue(components.size() > all().size(), () -> "" + components);
      for (Path c : components) {
        String xml = Files.readString(c);
        assertFalse(xml.contains("configuration-pid"), xml);
        assertTrue(xml.matches("(?s).*<scr:component [^>]*name=\"io\\.gantry\\.[a-z.]*[A-Z].*"), xml);
      }
    }
    String keys = Files.readString(classes.resolve("OSGI-INF/metatype/" + NoKeys.class.getName() + ".xml"));
    assertTrue(keys.contains("<Designate pid=\"commands\">") && !keys.contains("<AD"), keys);
  }

  /** Under the name of a scope the archive's script tells its verbs by itself, also where no manager runs. */
  @Test
  void theScriptsOfScopesListTheirVerbs(@TempDir Path bin) throws Exception {
    for (String scope : List.of("ctr", "dist")) {
      Path script = Files.copy(Path.of("../../distribution/bin/scope"), bin.resolve(scope), StandardCopyOption.COPY_ATTRIBUTES);
      List<String> expected = all().stream().filter(s -> s.verb().startsWith(scope + ":"))
          .map(s -> s.verb().substring(scope.length() + 1) + " " + s.purpose()).sorted().toList();
      for (List<String> words : List.of(List.of("help"), List.<String>of(), List.of("--help"), List.of("-h"))) {
        var command = new ArrayList<>(List.of(script.toString()));
        command.addAll(words);
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertEquals(0, p.waitFor(), () -> "" + said);
        assertEquals(expected, said.stream().filter(l -> l.startsWith("  ")).map(l -> l.strip().replaceFirst(" +", " ")).toList());
        assertTrue(said.stream().allMatch(l -> l.length() <= 80), () -> "" + said);
      }
    }
  }

  @TestFactory
  List<DynamicTest> eachHelps() throws Exception {
    return all().stream().map(s -> dynamicTest(s.verb(), () -> {
      assertTrue(s.purpose().matches("[A-Z].*[^.]"), s.purpose());
      assertFalse(s.examples().isEmpty(), "no example");
      for (String e : s.examples()) example(s, e);
      helps(s);
      for (Syntax.Option o : s.options()) {
        assertFalse(o.help().isBlank(), o.name());
        if (!o.value().isEmpty()) completes(s.verb() + " " + o.name(), o.value(), o.completion());
      }
      for (Syntax.Operand o : s.operands()) completes(s.verb() + " " + o.name(), o.name(), o.completion());
    })).toList();
  }

  /** Narrow and wide it is the same, but for where its lines end. */
  private static void helps(Syntax s) {
    String wide = s.help(10_000);
    assertTrue(wide.contains(s.purpose()) && wide.contains(s.examples().getFirst()), wide);
    assertEquals(List.of(), s.help(80).lines().filter(l -> l.codePointCount(0, l.length()) > 80).toList());
    for (int columns : List.of(200, 80, 40, 1)) {
      assertEquals(wide.replaceAll("\\s", ""), s.help(columns).replaceAll("\\s", ""));
    }
  }

  /** It is a line that the verb takes, redirections of the user's shell aside. */
  private static void example(Syntax s, String line) throws Exception {
    List<String> words = Arrays.asList(line.replaceFirst(" [<>] .*", "").split(" "));
    assertEquals(s.verb(), words.getFirst());
    s.parse(words.subList(1, words.size()));
  }

  private static void completes(String what, String value, String completion) {
    if (completion.isEmpty()) assertTrue(FREE.contains(value) || FREE_NAMES.contains(what), what + " " + value + " completes nothing");
    else assertTrue(KINDS.contains(completion), what + " is completed by '" + completion + "', which is no kind");
  }
}
