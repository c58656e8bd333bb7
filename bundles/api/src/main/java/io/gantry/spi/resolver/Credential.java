package io.gantry.spi.resolver;

/**
 * What opens a registry.
 *
 * @param user user name; empty where {@code secret} is an identity token
 * @param secret password or identity token
 */
public record Credential(String user, String secret) {
  /** Hides the secret. */
  @Override
  public String toString() {
    return "Credential[" + user + "]";
  }
}
