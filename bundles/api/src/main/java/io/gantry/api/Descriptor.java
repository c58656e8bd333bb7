package io.gantry.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names bytes and says what they are, as image documents do.
 *
 * @param mediaType the type of the bytes, such as {@code application/vnd.oci.image.manifest.v1+json}
 * @param digest the digest of the bytes
 * @param size their number, as they travel (compressed where they are)
 * @param annotations free text of whoever wrote the document
 * @param platform what an entry of an index is for
 * @param urls other places of the bytes; never asked with a registry's credentials
 */
public record Descriptor(
    String mediaType, Digest digest, long size, Map<String, String> annotations, Optional<Platform> platform, List<String> urls) {
  public Descriptor {
    if (mediaType.isEmpty()) throw new IllegalArgumentException("a descriptor of " + digest + " has no media type");
    if (size < 0) throw new IllegalArgumentException("a descriptor of " + digest + " has the size " + size);
    annotations = Map.copyOf(annotations);
    urls = List.copyOf(urls);
  }

  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, Map.of(), Optional.empty(), List.of());
  }
}
