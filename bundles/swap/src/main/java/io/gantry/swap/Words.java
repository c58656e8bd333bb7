package io.gantry.swap;

import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/** Turns states and stack traces into what a person reads. */
final class Words {
  private static final String CAUSED_BY = "Caused by: ";

  private Words() {}

  /** The innermost cause of a stack trace, on one line. */
  static String cause(String trace) {
    if (trace == null || trace.isBlank()) return "its activation failed, and SCR does not say why";
    int at = trace.lastIndexOf(CAUSED_BY);
    String rest = at < 0 ? trace : trace.substring(at + CAUSED_BY.length());
    int frames = rest.indexOf("\n\tat ");
    return (frames < 0 ? rest : rest.substring(0, frames)).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  static String state(Bundle b) {
    if (b == null) return "uninstalled";
    return switch (b.getState()) {
      case Bundle.UNINSTALLED -> "uninstalled";
      case Bundle.INSTALLED -> "installed, but not resolved";
      case Bundle.RESOLVED -> "stopped";
      case Bundle.STARTING -> "starting";
      case Bundle.STOPPING -> "stopping";
      default -> "active";
    };
  }

  /** Mandatory imports of a bundle that nobody exports: {@code : no bundle exports com.x (version >= 2)}. Empty where there are none. */
  static String missing(BundleContext context, Bundle b) {
    BundleRevision revision = b.adapt(BundleRevision.class);
    FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
    if (revision == null || wiring == null || b.getState() != Bundle.INSTALLED) return "";
    List<String> missing = revision.getDeclaredRequirements(null).stream()
        .filter(r -> !"optional".equals(r.getDirectives().get("resolution")) && !"dynamic".equals(r.getDirectives().get("resolution")))
        .filter(r -> wiring.findProviders(r).isEmpty())
        .map(r -> r.getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE) ? r.getDirectives().get("filter") : r.toString())
        .toList();
    return missing.isEmpty() ? "" : ": nobody provides " + String.join(", ", missing);
  }
}
