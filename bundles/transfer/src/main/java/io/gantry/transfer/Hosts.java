package io.gantry.transfer;

import java.util.Locale;

/** One name for a registry that has several: Docker Hub's are one, no other is guessed to be another (CVE-2026-59891). */
final class Hosts {
  private Hosts() {}

  static String name(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com" -> "docker.io";
      default -> lower.endsWith(":443") ? lower.substring(0, lower.length() - 4) : lower;
    };
  }
}
