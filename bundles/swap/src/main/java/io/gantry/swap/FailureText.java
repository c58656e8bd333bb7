package io.gantry.swap;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/** Turns states and stack traces into what a person reads. */
final class FailureText {
  private static final String CAUSED_BY = "Caused by: ";
  private static final int LONGEST = 500;
  private static final int DEEP = 12;
  /** A throwable's name and message, as it is printed. */
  private static final Pattern PRINTED =
      Pattern.compile("(?s)((?:[\\p{L}_$][\\p{L}\\p{N}_$]*\\.)+)([\\p{L}_$][\\p{L}\\p{N}_$]*)(?:: (.*))?");
  /** What is thrown with a sentence for people, where others only say what broke beneath. */
  private static final Set<String> TELLING = Set.of("IllegalArgumentException", "IllegalStateException", "ConfigurationException");

  private FailureText() {}

  /** Why an activation failed, on one line without names of Java's; from a stack trace. */
  static String cause(String trace) {
    if (trace == null || trace.isBlank()) return "its activation failed, and SCR does not say why";
    List<String> chain = new ArrayList<>();
    boolean open = true;
    for (String line : trace.strip().split("\\R")) {
      if (line.startsWith(CAUSED_BY)) chain.add(line.substring(CAUSED_BY.length()));
      else if (chain.isEmpty()) chain.add(line);
      else if (open && !frame(line)) chain.set(chain.size() - 1, chain.getLast() + " " + line.strip());
      open = !frame(line); // lines of a message come before the first frame
    }
    return sentence(chain);
  }

  private static boolean frame(String line) {
    return line.startsWith("\t");
  }

  /** The same from what was thrown. */
  static String cause(Throwable thrown) {
    List<String> chain = new ArrayList<>();
    for (Throwable t = thrown; t != null && chain.size() < DEEP; t = t.getCause()) chain.add(t.toString());
    return sentence(chain);
  }

  private static String sentence(List<String> chain) {
    String telling = chain.stream().filter(FailureText::tells).findFirst().orElse(chain.getLast());
    String text = plain(telling.strip()).replaceAll("\\s*\\R\\s*", " ");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private static boolean tells(String printed) {
    Matcher m = PRINTED.matcher(printed);
    if (!m.matches() || m.group(3) == null || m.group(3).isBlank() || PRINTED.matcher(m.group(3)).matches()) return false;
    return m.group(1).startsWith("io.gantry.") || TELLING.contains(m.group(2));
  }

  private static String plain(String printed) {
    Matcher m = PRINTED.matcher(printed);
    if (!m.matches() || !m.group(2).matches(".*(Exception|Error|Throwable|Failure)")) return printed;
    String message = m.group(3) == null ? "" : plain(m.group(3).strip());
    return switch (m.group(2)) {
      case "NoClassDefFoundError", "ClassNotFoundException" -> "it needs the class " + message.replace('/', '.')
          + ", which no bundle here has; it was built for another version";
      case "NoSuchMethodError", "NoSuchFieldError", "AbstractMethodError", "IncompatibleClassChangeError", "UnsupportedClassVersionError" ->
          "it was built for another version: " + message;
      case "NullPointerException", "ClassCastException", "IndexOutOfBoundsException", "ArrayIndexOutOfBoundsException" ->
          "it has a bug" + (message.isEmpty() ? "" : ": " + message) + "; the log has the details";
      case "NoSuchFileException" -> "there is no file " + message;
      case "AccessDeniedException" -> "access to " + message + " is denied";
      case "FileAlreadyExistsException" -> message + " is there already";
      case "UnsatisfiedLinkError" -> "a native library cannot be used: " + message;
      case "OutOfMemoryError" -> "there is not enough memory: " + message;
      default -> message.isEmpty() ? "it failed without a message; the log has the details" : message;
    };
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
