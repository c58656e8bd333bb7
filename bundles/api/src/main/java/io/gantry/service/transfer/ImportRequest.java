package io.gantry.service.transfer;

import io.gantry.api.Platform;
import java.util.Optional;
import java.util.Set;

/**
 * What to take out of an archive.
 *
 * @param baseName names that are a tag alone are tags of this one, and only images of this name are taken; empty: of {@code import-DATE},
 *     and all are taken
 * @param platform which must be whole, and is unpacked; empty for all that the archive names, of which this machine's is unpacked
 * @param snapshotter to unpack with; empty for the configured default
 */
public record ImportRequest(String baseName, Optional<Platform> platform, String snapshotter, Set<Option> options) {
  /** What else may be wished. */
  public enum Option {
    /** A record {@code BASE@DIGEST} for each image, too. */
    DIGESTS,
    /** A record {@code BASE@DIGEST} for each image that has no other. */
    NAMELESS_DIGESTS,
    /** With a base name, images of other names are taken, too. */
    OTHER_NAMES,
    /** Images are not unpacked. */
    NO_UNPACK
  }

  public ImportRequest {
    options = Set.copyOf(options);
  }

  /** Everything for this machine. */
  public static ImportRequest defaults() {
    return new ImportRequest("", Optional.of(Platform.host()), "", Set.of());
  }
}
