package io.gantry.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What no formatter can mend: lines and files too long, swallowed exceptions, command strings for a shell, loose ends. */
final class SourceRules {
  static final int LINE = 140;
  static final int FILE = 500;
  // Written in pieces, since this file is checked too.
  private static final Pattern SHELL = Pattern.compile("\"(?:ba|da)?sh\",\\s*\"-" + "c\"");
  private static final Pattern SHELL_BY_PATH = Pattern.compile("\"/(?:usr/)?bin/(?:ba|da)?sh\",\\s*\"-" + "c\"");
  private static final Pattern OPEN_END = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
  private static final Pattern CATCH = Pattern.compile("catch \\([^)]*\\) \\{(\\s*)\\}");
  private static final Pattern SWITCHED_OFF = Pattern.compile("@(Disabled|Ignore)\\b(?! *\\(\"_)");

  private static final Pattern TEST_METHOD = Pattern.compile("@(?:\\w*Test|TestFactory|TestTemplate)\\b| extends |abstract class ");

  private SourceRules() {}

  static List<Finding> text(String place, String text) {
    return find(place, text, OPEN_END, "a loose end: finish it, or file an issue");
  }

  static List<Finding> java(String place, String java) {
    var all = new ArrayList<Finding>();
    String code = Code.of(java).text();
    String[] lines = java.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      int width = lines[i].codePointCount(0, lines[i].length());
      if (width > LINE) all.add(new Finding(place + ":" + (i + 1), width + " columns, at most " + LINE));
    }
    int count = lines.length - 1;
    if (count > FILE) all.add(new Finding(place, count + " lines, at most " + FILE + ": which second noun is hiding in it?"));
    String shell = "a command string for a shell: give the program its arguments as an array";
    all.addAll(find(place, java, SHELL, shell));
    // a container's own shell, in a test of containers
    if (!place.contains("src/test/")) all.addAll(find(place, java, SHELL_BY_PATH, shell));
    all.addAll(find(place, code, SWITCHED_OFF, "a test switched off without a reason"));
    if (place.contains("src/test/") && place.endsWith("Test.java") && !TEST_METHOD.matcher(code).find()) {
      all.add(new Finding(place, "a test class without a test"));
    }
    Matcher m = CATCH.matcher(code);
    while (m.find()) {
      if (java.substring(m.start(1), m.end(1)).isBlank()) {
        String where = place + ":" + Lines.of(java, m.start());
        all.add(new Finding(where, "an empty catch: log or throw, or say in a comment why nothing is to be done"));
      }
    }
    return all;
  }

  private static List<Finding> find(String place, String text, Pattern wrong, String why) {
    return wrong.matcher(text).results().map(m -> new Finding(place + ":" + Lines.of(text, m.start()), why)).toList();
  }
}
