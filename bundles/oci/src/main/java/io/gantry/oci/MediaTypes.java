package io.gantry.oci;

import java.util.List;
import java.util.Set;

/** What the bytes of an image are called, by OCI and by Docker's schema 2. */
public final class MediaTypes {
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String OCI_LAYER_GZIP = OCI_LAYER + "+gzip";
  public static final String OCI_LAYER_ZSTD = OCI_LAYER + "+zstd";
  public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
  public static final String DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip";
  public static final String DOCKER_LAYER_ZSTD = DOCKER_LAYER + ".zstd";

  /** What a registry is told we read, best first. */
  public static final List<String> ACCEPTED = List.of(OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST);

  private static final Set<String> CONFIGS = Set.of(OCI_CONFIG, DOCKER_CONFIG);

  private MediaTypes() {}

  public static boolean isIndex(String type) {
    return type.equals(OCI_INDEX) || type.equals(DOCKER_LIST);
  }

  public static boolean isManifest(String type) {
    return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
  }

  public static boolean isConfig(String type) {
    return CONFIGS.contains(type);
  }

  /** Docker's manifests before 2016, whose layers have no sizes; not read. */
  public static boolean isSchema1(String type) {
    return type.equals("application/vnd.docker.distribution.manifest.v1+json")
        || type.equals("application/vnd.docker.distribution.manifest.v1+prettyjws");
  }

  /** Layers of file trees, also those that may not be passed on. */
  public static boolean isLayer(String type) {
    return type.startsWith("application/vnd.oci.image.layer.") || type.startsWith("application/vnd.docker.image.rootfs.");
  }

  /** The type of a Content-Type header: lower case, without its parameters. */
  public static String bare(String header) {
    int semicolon = header.indexOf(';');
    return (semicolon < 0 ? header : header.substring(0, semicolon)).strip().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * How containerd names the write that brings the bytes: {@code layer-sha256:…}, {@code manifest-…}, {@code index-…}, {@code config-…}.
   */
  public static String ref(String type, io.gantry.api.Digest digest) {
    String noun = isIndex(type) ? "index" : isManifest(type) ? "manifest" : isConfig(type) ? "config" : isLayer(type) ? "layer" : "unknown";
    return noun + "-" + digest;
  }
}
