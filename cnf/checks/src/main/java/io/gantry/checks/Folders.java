package io.gantry.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Each bundle has the same rooms: what it is, how it is built, one root package. */
final class Folders {
  private Folders() {}

  static List<Finding> check(List<Bundle> bundles) throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      for (String file : List.of("readme.md", "bnd.bnd")) {
        if (!Files.exists(b.folder().resolve(file))) all.add(new Finding(b.name(), "has no " + file));
      }
      for (var source : b.sources()) {
        String inside = b.folder().resolve("src/main/java").relativize(source).toString();
        if (!b.owns(inside)) all.add(new Finding(b.name(), inside + " is not below the bundle's root package " + b.prefix()));
      }
    }
    return all;
  }
}
