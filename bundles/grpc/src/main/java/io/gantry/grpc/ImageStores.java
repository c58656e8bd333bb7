package io.gantry.grpc;

import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.api.UnsupportedException;
import io.gantry.service.transfer.Naming;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.UnpackConfiguration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What clients write about the image store as a side of a transfer. What means nothing for a transfer is refused, never passed over. */
final class ImageStores {
  private ImageStores() {}

  /** Names of images to be read. */
  static List<String> sources(ImageStore s) throws IOException {
    refuse(s.getLabelsCount() > 0, "labels", "a source has none");
    refuse(s.getUnpacksCount() > 0, "unpacks", "a source is not unpacked");
    refuse(s.getAllMetadata() || s.getManifestLimit() > 0, "all_metadata, manifest_limit", "a source is taken with all it has");
    List<String> names = new ArrayList<>();
    if (!s.getName().isEmpty()) names.add(s.getName());
    for (ImageReference r : s.getExtraReferencesList()) {
      if (r.getIsPrefix()) throw new UnsupportedException("extra_references: a prefix as a source is not supported; name the images");
      names.add(r.getName());
    }
    if (names.isEmpty()) throw new InvalidException("the source has no name of an image");
    return names;
  }

  /** The one image to be read. */
  static String source(ImageStore s) throws IOException {
    List<String> names = sources(s);
    if (names.size() > 1) throw new InvalidException("the source names " + names.size() + " images, expected one: " + names);
    return names.getFirst();
  }

  /** Records to be written, but those with a digest. */
  static Naming naming(ImageStore s) throws InvalidException {
    List<String> names = new ArrayList<>();
    if (!s.getName().isEmpty()) names.add(s.getName());
    s.getExtraReferencesList().stream().filter(r -> !r.getIsPrefix() && !r.getAddDigest()).forEach(r -> names.add(r.getName()));
    if (names.isEmpty()) throw new InvalidException("the destination has no name for the image");
    return new Naming(names, s.getLabelsMap());
  }

  /** Those whose names are followed by the digest. */
  static List<String> digested(ImageStore s) {
    return s.getExtraReferencesList().stream().filter(r -> !r.getIsPrefix() && r.getAddDigest()).map(ImageReference::getName).toList();
  }

  /** For which platforms; empty for all. */
  static List<Platform> platforms(List<io.gantry.wire.types.Platform> platforms) throws IOException {
    List<Platform> all = new ArrayList<>();
    for (var p : platforms) all.add(platform(p));
    return List.copyOf(all);
  }

  private static Platform platform(io.gantry.wire.types.Platform p) throws InvalidException {
    try {
      String text = p.getOs() + "/" + p.getArchitecture();
      return Platform.parse(p.getVariant().isEmpty() ? text : text + "/" + p.getVariant());
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
  }

  /** One platform, or none for all, of what can be done for one alone. */
  static Optional<Platform> one(List<io.gantry.wire.types.Platform> platforms, String doing) throws IOException {
    List<Platform> all = platforms(platforms);
    if (all.size() > 1) throw new UnsupportedException(doing + " for several platforms at once is not supported: " + all
        + "; name one, or none for all");
    return all.stream().findFirst();
  }

  /** The platform to unpack; this machine's where none is said. */
  static Platform platform(UnpackConfiguration u) throws IOException {
    return u.hasPlatform() && !u.getPlatform().getOs().isEmpty() ? platform(u.getPlatform()) : Platform.host();
  }

  static void refuse(boolean present, String field, String why) throws InvalidException {
    if (present) throw new InvalidException(field + ": " + why);
  }
}
