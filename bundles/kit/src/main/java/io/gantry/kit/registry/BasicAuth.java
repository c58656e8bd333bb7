package io.gantry.kit.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Name and password with each request.
 *
 * @param passwords by user
 */
public record BasicAuth(Map<String, String> passwords) implements Auth {
  public BasicAuth {
    passwords = Map.copyOf(passwords);
  }

  @Override
  public Optional<Reply> refuse(Request q, String base) {
    if (user(q, passwords).isPresent()) return Optional.empty();
    return Optional.of(Reply.error(401, "UNAUTHORIZED", "authentication required").header("WWW-Authenticate", "Basic realm=\"kit\""));
  }

  /** Whose name and right password the request has. */
  static Optional<String> user(Request q, Map<String, String> passwords) {
    String header = q.header("Authorization").orElse("");
    if (!header.startsWith("Basic ")) return Optional.empty();
    String plain;
    try {
      plain = new String(Base64.getDecoder().decode(header.substring(6).strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not base64: nobody's password
    }
    int colon = plain.indexOf(':');
    boolean right = colon >= 0 && plain.substring(colon + 1).equals(passwords.get(plain.substring(0, colon)));
    return right ? Optional.of(plain.substring(0, colon)) : Optional.empty();
  }
}
