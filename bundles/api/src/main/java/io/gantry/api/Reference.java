package io.gantry.api;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where an image is to be had: {@code host[:port]/repository[:tag][@digest]}.
 *
 * @param host the registry as it is written, with port where one is given
 * @param repository the path on it, lower case
 * @param tag the tag, where one is given
 * @param digest the digest, where one is given
 */
public record Reference(String host, String repository, Optional<String> tag, Optional<Digest> digest) {
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?"
          + "");
  private static final Pattern REPOSITORY =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  public Reference {
    if (!HOST.matcher(host).matches()) throw new IllegalArgumentException("'" + host + "' is not a registry's host[:port]");
    if (repository.length() > 255 || !REPOSITORY.matcher(repository).matches()) {
      throw new IllegalArgumentException("'" + repository
          + "' is not a repository: expected lower-case letters, digits and . _ - between /");
    }
    if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) throw new IllegalArgumentException("'" + tag.get() + "' is not a tag");
  }

  /**
   * Reads what a user types. As with Docker, {@code redis} is {@code docker.io/library/redis:latest} and {@code me/app} is {@code
   * docker.io/me/app:latest}; a reference with a digest gets no tag.
   *
   * @throws IllegalArgumentException the text is no reference; the message says which part is wrong
   */
  public static Reference parse(String text) {
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Optional.of(Digest.parse(rest.substring(at + 1)));
      rest = rest.substring(0, at);
    }
    int slash = rest.indexOf('/');
    String first = slash < 0 ? "" : rest.substring(0, slash);
    boolean named = first.contains(".") || first.contains(":") || first.equals("localhost");
    String host = named ? first : "docker.io";
    if (named) rest = rest.substring(slash + 1);
    if (host.equals("index.docker.io")) host = "docker.io";
    Optional<String> tag = Optional.empty();
    int colon = rest.lastIndexOf(':');
    if (colon >= 0) {
      tag = Optional.of(rest.substring(colon + 1));
      rest = rest.substring(0, colon);
    }
    if (host.equals("docker.io") && !rest.contains("/")) rest = "library/" + rest;
    if (tag.isEmpty() && digest.isEmpty()) tag = Optional.of("latest");
    return new Reference(host, rest, tag, digest);
  }

  /** What a registry is asked for: the digest where there is one, else the tag. */
  public String object() {
    return digest.map(Digest::toString).orElseGet(() -> tag.orElse("latest"));
  }

  @Override
  public String toString() {
    return host + "/" + repository + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }
}
