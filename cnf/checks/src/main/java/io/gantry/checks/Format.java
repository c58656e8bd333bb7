package io.gantry.checks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The formatter: says what is not in form, or, as a program ({@code cnf/run/format}), mends it. It keeps short things on one line, which
 * a formatter that lays out everything anew would not; see cnf/decisions/0001.
 */
final class Format {
  private static final Set<String> TEXT =
      Set.of("java", "xml", "bnd", "md", "txt", "cfg", "json", "sh", "yml", "toml", "properties", "bndrun");
  private static final Set<String> SKIPPED = Set.of("target", ".git", "build", ".idea");

  private Format() {}

  /** Mends all files below the folder that is given, the current one by default, and names what it changed and what it cannot mend. */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args.length == 0 ? "." : args[0]);
    for (Path file : files(root)) {
      String old = read(file);
      String now = fix(file, old);
      if (!now.equals(old)) {
        Files.writeString(file, now);
        System.out.println("formatted " + root.relativize(file));
      }
    }
    check(root).forEach(System.out::println);
  }

  static List<Finding> check(Path root) throws IOException {
    var all = new ArrayList<Finding>();
    for (Path file : files(root)) {
      String place = root.relativize(file).toString();
      String text = read(file);
      all.addAll(Spaces.text(place, text));
      all.addAll(SourceRules.text(place, text));
      if (!place.endsWith(".java")) continue;
      all.addAll(Spaces.java(place, text));
      all.addAll(Imports.check(place, text));
      all.addAll(Indent.check(place, text));
      all.addAll(SourceRules.java(place, text));
    }
    return all;
  }

  static String fix(Path file, String text) {
    String now = Spaces.fixText(text);
    return file.toString().endsWith(".java") ? Indent.fix(Wrap.fix(Imports.fix(Spaces.fixJava(now)))) : now;
  }

  private static List<Path> files(Path root) throws IOException {
    var all = new ArrayList<Path>();
    collect(root, all);
    return all;
  }

  private static void collect(Path folder, List<Path> into) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      for (Path p : list.sorted().toList()) {
        String name = p.getFileName().toString();
        if (Files.isSymbolicLink(p)) continue;
        if (Files.isDirectory(p)) {
          if (!SKIPPED.contains(name)) collect(p, into);
        } else if (TEXT.contains(name.substring(name.lastIndexOf('.') + 1)) || script(p)) {
          into.add(p);
        }
      }
    }
  }

  private static boolean script(Path p) throws IOException {
    if (p.getFileName().toString().contains(".") || Files.size(p) < 2) return false;
    try (var in = Files.newInputStream(p)) {
      return in.read() == '#' && in.read() == '!';
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
