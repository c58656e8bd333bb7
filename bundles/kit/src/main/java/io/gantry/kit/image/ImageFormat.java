package io.gantry.kit.image;

/** The two families of image documents. */
public enum ImageFormat {
  OCI("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.config.v1+json"),
  DOCKER(
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.container.image.v1+json");

  final String manifest;
  final String index;
  final String config;

  ImageFormat(String manifest, String index, String config) {
    this.manifest = manifest;
    this.index = index;
    this.config = config;
  }

  public String manifestType() {
    return manifest;
  }

  public String indexType() {
    return index;
  }

  public String configType() {
    return config;
  }

  /** @param suffix of the compression: empty, {@code gzip} or {@code zstd} */
  public String layerType(String suffix) {
    return switch (this) {
      case OCI -> "application/vnd.oci.image.layer.v1.tar" + (suffix.isEmpty() ? "" : "+" + suffix);
      case DOCKER -> "application/vnd.docker.image.rootfs.diff.tar" + (suffix.isEmpty() ? "" : "." + suffix);
    };
  }
}
