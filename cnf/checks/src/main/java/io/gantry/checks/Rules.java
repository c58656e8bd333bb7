package io.gantry.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Contracts and kit speak of the same rules: each {@code <b>S-1</b>} of an SPI has a {@code @Rule("S-1")}, and the other way round. */
final class Rules {
  private static final Pattern STATED = Pattern.compile("<b>([A-Z]+-\\d+)</b>");
  private static final Pattern TESTED = Pattern.compile("@Rule\\((?:\\w+ *= *)?\"([A-Z]+-\\d+)\"");

  private Rules() {}

  static List<Finding> check(Bundle api, Bundle kit) throws IOException {
    var all = new ArrayList<Finding>();
    TreeMap<String, Path> stated = find(api, STATED, all);
    TreeMap<String, Path> tested = find(kit, TESTED, new ArrayList<>());
    stated.forEach((id, where) -> {
      if (!tested.containsKey(id)) {
        all.add(new Finding(where.getFileName().toString(), "the kit has no @Rule(\"" + id + "\")"));
      }
    });
    tested.forEach((id, where) -> {
      if (!stated.containsKey(id)) all.add(new Finding(where.getFileName().toString(), "no contract states the rule " + id));
    });
    return all;
  }

  private static TreeMap<String, Path> find(Bundle b, Pattern what, List<Finding> twice) throws IOException {
    var all = new TreeMap<String, Path>();
    for (Path p : b.sources()) {
      Matcher m = what.matcher(Files.readString(p));
      while (m.find()) {
        Path other = all.put(m.group(1), p);
        String again = "the rule " + m.group(1) + " is stated again, see ";
        if (other != null) twice.add(new Finding(p.getFileName().toString(), again + other.getFileName()));
      }
    }
    return all;
  }
}
