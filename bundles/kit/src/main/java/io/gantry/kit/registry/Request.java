package io.gantry.kit.registry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request as a registry saw it.
 *
 * @param method e.g. {@code GET}
 * @param path without the query, e.g. {@code /v2/library/redis/manifests/latest}
 * @param query decoded by nobody; empty where there was none
 * @param headers names in any case
 */
public record Request(String method, String path, String query, Map<String, List<String>> headers) {
  public Request {
    Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((k, v) -> copy.put(k, List.copyOf(v)));
    headers = java.util.Collections.unmodifiableMap(copy);
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name)).map(List::getFirst);
  }

  /** Whether the path asks for a manifest or an index. */
  public boolean isManifest() {
    return path.contains("/manifests/");
  }

  public boolean isBlob() {
    return path.contains("/blobs/");
  }

  /** The repository in the path, empty where there is none. */
  public String repository() {
    int end = Math.max(path.lastIndexOf("/manifests/"), path.lastIndexOf("/blobs/"));
    return path.startsWith("/v2/") && end > 4 ? path.substring(4, end) : "";
  }

  /** The last part of the path: tag or digest. */
  public String object() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public String toString() {
    return method + " " + path + (query.isEmpty() ? "" : "?" + query);
  }
}
