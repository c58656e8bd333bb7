package io.gantry.oci;

import io.gantry.api.Platform;
import java.util.Locale;
import java.util.OptionalInt;

/** Which of several platforms fits best. */
public final class Platforms {
  private Platforms() {}

  /**
   * As people and documents of all ages write it, in one form: {@code x86_64} is amd64, {@code arm64/v8} is arm64, {@code arm} is arm/v7.
   */
  public static Platform normal(Platform p) {
    String arch = p.architecture().toLowerCase(Locale.ROOT);
    String variant = p.variant().toLowerCase(Locale.ROOT);
    switch (arch) {
      case "x86_64", "x86-64" -> arch = "amd64";
      case "aarch64" -> arch = "arm64";
      case "armhf" -> {
        arch = "arm";
        variant = "v7";
      }
      case "armel" -> {
        arch = "arm";
        variant = "v6";
      }
      default -> { }
    }
    if (arch.equals("arm64") && (variant.equals("v8") || variant.equals("8"))) variant = "";
    if (arch.equals("amd64") && variant.equals("v1")) variant = "";
    if (arch.equals("arm") && variant.isEmpty()) variant = "v7";
    if (arch.equals("arm") && variant.matches("[5-8]")) variant = "v" + variant;
    return new Platform(p.os().toLowerCase(Locale.ROOT), arch, variant);
  }

  /**
   * How far an offer is from what is wanted: 0 is exact, larger is worse, empty does not run. A machine runs what was built for a lower
   * variant of its architecture (arm/v6 on arm/v7, amd64 on amd64/v3), never for a higher one.
   */
  public static OptionalInt distance(Platform offer, Platform wanted) {
    Platform o = normal(offer);
    Platform w = normal(wanted);
    if (!o.os().equals(w.os()) || !o.architecture().equals(w.architecture())) return OptionalInt.empty();
    if (o.variant().equals(w.variant())) return OptionalInt.of(0);
    int lower = level(w) - level(o);
    return lower >= 0 ? OptionalInt.of(lower + 1) : OptionalInt.empty();
  }

  private static int level(Platform p) {
    if (p.variant().matches("v[0-9]")) return p.variant().charAt(1) - '0';
    return switch (p.architecture()) {
      case "amd64" -> 1;
      case "arm64" -> 8;
      case "arm" -> 7;
      default -> p.variant().isEmpty() ? 0 : 9;
    };
  }
}
