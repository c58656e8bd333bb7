package io.gantry.swap;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Bundles that were deployed: their location is the address of a jar that the manager stores by its digest (see {@code deploy}).
 *
 * @param folder the address of the manager's own folder of jars; empty where there is none
 */
record Deployed(String folder) {
  private static final String JAR = ".jar";
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** @param root the framework property {@code gantry.root}; null where there is none */
  static Deployed under(String root) {
    if (root == null) return new Deployed("");
    String folder = Path.of(root, "bundles", "sha256").toUri().toString();
    return new Deployed(folder.endsWith("/") ? folder : folder + "/");
  }

  /** The digest of a deployed bundle; empty for another one, wherever its jar is. */
  Optional<String> digest(String location) {
    if (folder.isEmpty() || !location.startsWith(folder) || !location.endsWith(JAR)) return Optional.empty();
    String name = location.substring(folder.length(), location.length() - JAR.length());
    return Optional.of(name).filter(n -> DIGEST.matcher(n).matches());
  }

  /** For people: the digest of a bundle that was deployed, else its location. */
  String shown(String location) {
    return digest(location).map(d -> "sha256:" + d).orElse(location);
  }
}
