package io.gantry.api;

import java.util.Locale;

/**
 * What an image runs on, in Go's words: {@code linux/arm64/v8}.
 *
 * @param os operating system, e.g. {@code linux}
 * @param architecture e.g. {@code amd64}, {@code arm64}
 * @param variant of the architecture, empty where there is none
 */
public record Platform(String os, String architecture, String variant) {
  public Platform {
    if (os.isEmpty() || architecture.isEmpty()) throw new IllegalArgumentException("a platform needs os/architecture, e.g. linux/amd64");
  }

  /**
   * Reads {@code os/architecture[/variant]}; {@code x86_64} and {@code aarch64} are understood.
   *
   * @throws IllegalArgumentException another form
   */
  public static Platform parse(String text) {
    String[] p = text.split("/", -1);
    if (p.length < 2 || p.length > 3) throw new IllegalArgumentException("platform '" + text + "' is not os/architecture[/variant]");
    String arch = normal(p[1].toLowerCase(Locale.ROOT));
    String variant = p.length == 3 ? p[2] : "";
    if (arch.equals("arm64") && variant.equals("v8")) variant = "";
    return new Platform(p[0].toLowerCase(Locale.ROOT), arch, variant);
  }

  /** The platform of this machine. */
  public static Platform host() {
    return new Platform("linux", normal(System.getProperty("os.arch")), "");
  }

  /** Whether an image of this platform runs where {@code wanted} is asked for; a variant that is not asked for does not matter. */
  public boolean matches(Platform wanted) {
    return os.equals(wanted.os) && architecture.equals(wanted.architecture) && (wanted.variant.isEmpty() || variant.equals(wanted.variant));
  }

  private static String normal(String arch) {
    return switch (arch) {
      case "x86_64", "x86-64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> arch;
    };
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
