package io.gantry.checks;

import java.io.IOException;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Calls that main code does not make, from {@code cnf/checks/banned.txt}: {@code type.member | bundles that may | reason}; the member
 * {@code *} stands for all of a type, a type that ends in {@code /} for all of a package. Tests are free.
 */
final class Banned {
  private record Ban(String owner, String member, Set<String> allowed, String reason) {
    boolean hits(String used) {
      int dot = used.lastIndexOf('.', used.indexOf('<') < 0 ? used.length() : used.indexOf('<'));
      String type = used.substring(0, dot);
      boolean same = owner.endsWith("/") ? type.startsWith(owner) : type.equals(owner);
      return same && (member.equals("*") || member.equals(used.substring(dot + 1)));
    }
  }

  private final List<Ban> bans = new ArrayList<>();

  Banned(Path list) throws IOException {
    for (String line : Files.readAllLines(list)) {
      if (line.isBlank() || line.startsWith("#")) continue;
      String[] p = line.split("\\|", 3);
      if (p.length != 3 || p[2].isBlank()) throw new IOException(list + ": expected 'call | bundles | reason', found '" + line + "'");
      String call = p[0].strip();
      int dot = call.lastIndexOf('.');
      bans.add(new Ban(call.substring(0, dot), call.substring(dot + 1), Set.of(p[1].strip().split("[ ,]+")), p[2].strip()));
    }
  }

  List<Finding> check(List<Bundle> bundles) throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      for (ClassModel c : b.classes()) {
        for (String used : Uses.members(c)) {
          for (Ban ban : bans) {
            if (ban.hits(used) && !ban.allowed.contains(b.name())) {
              all.add(new Finding(Edges.name(c), "uses " + used.replace('/', '.') + ": " + ban.reason));
            }
          }
        }
      }
    }
    return all;
  }
}
