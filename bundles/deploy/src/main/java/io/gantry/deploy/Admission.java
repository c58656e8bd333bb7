package io.gantry.deploy;

import io.gantry.api.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * The gate before a jar is installed: a bundle runs with the manager's rights, and one that does not resolve must not have been tried on a
 * driver at work.
 */
final class Admission {
  private static final String OURS = "io.gantry.";

  private Admission() {}

  /**
   * Looks at a jar's manifest.
   *
   * @return its symbolic name
   * @throws InvalidException it is no bundle, or may not come in; the message says why
   */
  static String check(String file, byte[] jar, Bundle... installed) throws IOException {
    Attributes main = manifest(file, jar).getMainAttributes();
    String name = Clauses.parse(main.getValue(Constants.BUNDLE_SYMBOLICNAME)).stream().map(c -> c.names().getFirst()).findFirst()
        .orElseThrow(() -> new InvalidException(file + " is not an OSGi bundle: its manifest has no Bundle-SymbolicName"));
    if (main.getValue(Constants.FRAGMENT_HOST) != null) {
      throw new InvalidException(file + " is a fragment of " + main.getValue(Constants.FRAGMENT_HOST) + ": fragments are not admitted");
    }
    if (main.getValue(Constants.DYNAMICIMPORT_PACKAGE) != null) {
      throw new InvalidException(file + " has DynamicImport-Package: what it uses must be named");
    }
    List<Clauses> exports = Clauses.parse(main.getValue(Constants.EXPORT_PACKAGE));
    for (Clauses c : exports) {
      for (String p : c.names()) {
        if (p.startsWith(OURS)) {
          throw new InvalidException(file + " exports " + p + ": packages of the manager come from the manager alone");
        }
      }
    }
    List<String> missing = missing(Clauses.parse(main.getValue(Constants.IMPORT_PACKAGE)), exports, installed);
    if (!missing.isEmpty()) throw new InvalidException(file + " cannot be installed: it imports " + String.join("; ", missing));
    return name;
  }

  private static Manifest manifest(String file, byte[] jar) throws IOException {
    try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
      if (in.getManifest() != null) return in.getManifest();
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidException(file + " is not a jar", e);
    }
    throw new InvalidException(file + " is not a jar with a manifest as its first entry");
  }

  private static List<String> missing(List<Clauses> imports, List<Clauses> exports, Bundle... installed) throws InvalidException {
    List<String> own = exports.stream().flatMap(c -> c.names().stream()).toList();
    List<String> missing = new ArrayList<>();
    for (Clauses c : imports) {
      if (c.optional()) continue;
      VersionRange range = range(c);
      for (String p : c.names()) {
        List<Version> there = versions(p, installed).toList();
        if (own.contains(p) || there.stream().anyMatch(range::includes)) continue;
        missing.add(p + " " + range + (there.isEmpty() ? ", which nobody exports"
            : ", and what is here is " + there.stream().map(Version::toString).distinct().collect(Collectors.joining(", "))));
      }
    }
    return missing;
  }

  private static VersionRange range(Clauses c) throws InvalidException {
    try {
      return new VersionRange(c.values().getOrDefault(Constants.VERSION_ATTRIBUTE, "0"));
    } catch (IllegalArgumentException e) {
      throw new InvalidException("the version range of " + String.join(";", c.names()) + " is none: " + c.values(), e);
    }
  }

  private static Stream<Version> versions(String name, Bundle... installed) {
    return Arrays.stream(installed).map(b -> b.adapt(BundleRevision.class)).filter(Objects::nonNull)
        .flatMap(r -> r.getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE).stream()).map(BundleCapability::getAttributes)
        .filter(a -> name.equals(a.get(PackageNamespace.PACKAGE_NAMESPACE))).map(a -> (Version) a.get(Constants.VERSION_ATTRIBUTE));
  }
}
