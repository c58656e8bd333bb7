package io.gantry.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Imports: static ones first, each group sorted, one empty line between; none unused, none with a star. */
final class Imports {
  private static final Pattern LINE = Pattern.compile("(?m)^import (static )?([\\w.*]+);$");

  private Imports() {}

  static List<Finding> check(String place, String java) {
    var all = new ArrayList<Finding>();
    List<MatchResult> imports = LINE.matcher(java).results().toList();
    for (MatchResult m : imports) {
      String where = place + ":" + Lines.of(java, m.start());
      if (m.group(2).endsWith("*")) all.add(new Finding(where, "import with a star: name what is used"));
      else if (!used(java, m)) all.add(new Finding(where, "unused import " + m.group(2)));
    }
    if (all.isEmpty() && !fix(java).equals(java)) {
      all.add(new Finding(place + ":" + Lines.of(java, imports.getFirst().start()), "imports are not sorted, static ones first"));
    }
    return all;
  }

  static String fix(String java) {
    List<MatchResult> imports = LINE.matcher(java).results().toList();
    if (imports.isEmpty()) return java;
    var statics = new TreeSet<String>();
    var types = new TreeSet<String>();
    for (MatchResult m : imports) {
      if (m.group(2).endsWith("*") || used(java, m)) (m.group(1) == null ? types : statics).add(m.group(2));
    }
    var block = new StringBuilder();
    for (String s : statics) block.append("import static ").append(s).append(";\n");
    if (!statics.isEmpty() && !types.isEmpty()) block.append('\n');
    for (String t : types) block.append("import ").append(t).append(";\n");
    String before = java.substring(0, imports.getFirst().start());
    String after = java.substring(imports.getLast().end()).stripLeading();
    return before + block + (block.isEmpty() || after.isEmpty() ? "" : "\n") + after;
  }

  /** Comments count: a link in a javadoc is a use. */
  private static boolean used(String java, MatchResult line) {
    String name = line.group(2).substring(line.group(2).lastIndexOf('.') + 1);
    Matcher m = Pattern.compile("\\b" + Pattern.quote(name) + "\\b").matcher(LINE.matcher(java).replaceAll(""));
    return m.find();
  }
}
