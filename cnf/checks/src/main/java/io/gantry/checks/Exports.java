package io.gantry.checks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Packages that others may import: only a few bundles have any, or one package would come from two places. */
final class Exports {
  static final Set<String> EXPORTERS = new TreeSet<>(Set.of("api", "linux", "kit"));
  private static final Pattern CLAUSE = Pattern.compile("(?:^|,)([\\w.]+)((?:;[\\w-]+:?=(?:\"[^\"]*\"|[^,;\"]*))*)");
  private static final Pattern VERSION = Pattern.compile(";version=\"([^\"]*)\"");

  private Exports() {}

  /** Package and version. */
  static TreeMap<String, String> of(Bundle b) throws IOException {
    var all = new TreeMap<String, String>();
    String header = b.manifest().getMainAttributes().getValue("Export-Package");
    if (header == null) return all;
    for (MatchResult m : CLAUSE.matcher(header).results().toList()) {
      var v = VERSION.matcher(m.group(2));
      all.put(m.group(1), v.find() ? v.group(1) : "0.0.0");
    }
    return all;
  }

  static List<Finding> check(List<Bundle> bundles) throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      of(b).forEach((name, version) -> {
        String exports = "exports " + name + " " + version;
        if (!EXPORTERS.contains(b.name())) all.add(new Finding(b.name(), exports + ": only " + EXPORTERS + " may"));
        else if (version.startsWith("0.")) all.add(new Finding(b.name(), exports + ": versions start at 1.0.0"));
      });
    }
    return all;
  }
}
