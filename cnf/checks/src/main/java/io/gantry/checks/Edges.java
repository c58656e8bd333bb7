package io.gantry.checks;

import java.io.IOException;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who may use whose classes: {@code cnf/edges.txt} is the law. A line is {@code bundle -> bundle}, {@code * -> bundle} for everybody,
 * {@code tests -> bundle} for everybody's tests, {@code bundle tests -> bundle} for those of one, or {@code bundle copies bundle} where bnd
 * copies what is used into the user.
 */
final class Edges {
  private final List<Bundle> bundles;
  private final Set<String> law = new HashSet<>();

  Edges(Path law, List<Bundle> bundles) throws IOException {
    this.bundles = bundles;
    for (String line : Files.readAllLines(law)) {
      String rule = line.replaceAll("#.*", "").strip();
      if (!rule.isEmpty()) this.law.add(rule);
    }
  }

  List<Finding> check() throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      for (ClassModel c : b.classes()) {
        uses(b, c).forEach((to, type) -> {
          boolean allowed = law.contains("* -> " + to) || law.contains(b.name() + " -> " + to) || copied(b, to, type);
          if (!allowed) all.add(finding(b, c, to, type, ""));
        });
        strings(b, c, all);
      }
      for (ClassModel c : b.tests()) {
        uses(b, c).forEach((to, type) -> {
          boolean allowed = law.contains("* -> " + to) || law.contains(b.name() + " -> " + to) || law.contains("tests -> " + to)
              || law.contains(b.name() + " tests -> " + to) || law.contains(b.name() + " copies " + to);
          if (!allowed) all.add(finding(b, c, to, type, "tests "));
        });
      }
    }
    return all;
  }

  /** Packages of one bundle that use each other in a circle. */
  List<Finding> cycles() throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      var graph = new TreeMap<String, Set<String>>();
      for (ClassModel c : b.classes()) {
        String from = Uses.packageOf(c.thisClass().asInternalName());
        Set<String> to = graph.computeIfAbsent(from, k -> new TreeSet<>());
        for (String type : Uses.ours(c)) if (b.owns(type) && type.lastIndexOf('/') > 0) to.add(Uses.packageOf(type));
        to.remove(from);
      }
      for (String p : graph.keySet()) {
        path(graph, p, p, new HashSet<>()).ifPresent(way -> all.add(new Finding(b.name(), "a circle of packages: " + p + " → " + way)));
      }
    }
    return all;
  }

  private static Optional<String> path(Map<String, Set<String>> graph, String from, String goal, Set<String> seen) {
    for (String next : graph.getOrDefault(from, Set.of())) {
      if (next.equals(goal)) return Optional.of(goal);
      if (seen.add(next)) {
        Optional<String> rest = path(graph, next, goal, seen);
        if (rest.isPresent()) return rest.map(r -> next + " → " + r);
      }
    }
    return Optional.empty();
  }

  private boolean copied(Bundle user, String to, String type) {
    return law.contains(user.name() + " copies " + to) && Files.exists(user.folder().resolve("target/classes/" + type + ".class"));
  }

  /** The first type used of each other bundle. */
  private Map<String, String> uses(Bundle user, ClassModel c) {
    var all = new TreeMap<String, String>();
    for (String type : Uses.ours(c)) {
      owner(type).filter(o -> !o.equals(user)).ifPresent(o -> all.putIfAbsent(o.name(), type));
    }
    return all;
  }

  /** By the longest root package: {@code io/gantry/snapshot/overlay} before {@code io/gantry/snapshot}. */
  private Optional<Bundle> owner(String type) {
    return bundles.stream().filter(b -> b.owns(type)).max((a, b) -> a.name().length() - b.name().length());
  }

  /** A driver's class by name, as for a class loader: the way round the edges. */
  private void strings(Bundle user, ClassModel c, List<Finding> into) {
    for (String s : Uses.strings(c)) {
      if (!s.matches("io\\.gantry\\.[a-z.]+\\.[A-Z]\\w*")) continue;
      owner(s.replace('.', '/')).filter(o -> o.driver() && !o.equals(user)).ifPresent(
          o -> into.add(new Finding(name(c), "names the class " + s + " of the driver " + o.name() + ": ask the service swap.Drivers")));
    }
  }

  private static Finding finding(Bundle user, ClassModel c, String to, String type, String tests) {
    String edge = user.name() + " " + tests + "-> " + to;
    return new Finding(name(c), "uses " + type.replace('/', '.') + ", but cnf/edges.txt has no '" + edge + "'");
  }

  static String name(ClassModel c) {
    return c.thisClass().asInternalName().replace('/', '.');
  }
}
