package io.gantry.oci.image;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.oci.Document;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.Index;
import io.gantry.oci.Manifest;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.Platforms;
import io.gantry.oci.json.Json;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.transfer.ImageTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the documents of images that are in a store. */
public final class Documents implements ImageTree {
  /** How deep indexes may lie in indexes. */
  public static final int DEPTH = 4;

  private final Contents contents;

  public Documents(Contents contents) {
    this.contents = contents;
  }

  @Override
  public Node tree(Scope scope, Descriptor target) throws IOException {
    return node(scope, target, DEPTH);
  }

  private Node node(Scope scope, Descriptor d, int depth) throws IOException {
    Optional<Info> info = contents.find(scope, d.digest());
    List<Node> children = new ArrayList<>();
    if (info.isPresent() && depth > 0 && names(d)) {
      for (Descriptor child : read(scope, d).children()) children.add(node(scope, child, depth - 1));
    }
    return new Node(d, info.isPresent(), info.map(Info::labels).orElse(Map.of()), List.copyOf(children));
  }

  @Override
  public Resolved resolve(Scope scope, Descriptor target, Optional<Platform> platform) throws IOException {
    Optional<Resolved> found = find(scope, target, platform, DEPTH);
    if (found.isPresent()) return found.get();
    throw new NotFoundException(
        "image " + target.digest() + " is not in the store" + platform.map(p -> " for " + p).orElse("") + "; pull it"
            + platform.map(p -> " with --platform " + p).orElse(""));
  }

  /** The best that is here. Without a platform this machine's comes first, and any other does. */
  private Optional<Resolved> find(Scope scope, Descriptor d, Optional<Platform> platform, int depth) throws IOException {
    if (depth == 0 || contents.find(scope, d.digest()).isEmpty()) return Optional.empty();
    Document document = read(scope, d);
    if (document instanceof Index index) {
      Set<Descriptor> candidates = new LinkedHashSet<>(index.choose(platform.orElse(Platform.host())));
      if (platform.isEmpty()) candidates.addAll(index.manifests());
      for (Descriptor child : candidates) {
        Optional<Resolved> found = find(scope, child, platform, depth - 1);
        if (found.isPresent()) return found;
      }
      return Optional.empty();
    }
    Manifest manifest = (Manifest) document;
    if (!manifest.isImage() || contents.find(scope, manifest.config().digest()).isEmpty()) return Optional.empty();
    byte[] config = contents.read(scope, manifest.config().digest(), Json.MAX_BYTES);
    ImageConfig parsed = config(manifest.config(), config);
    if (platform.isPresent() && !fits(parsed, platform.get())) return Optional.empty();
    checkLayers(d, manifest, parsed);
    return Optional.of(new Resolved(d, manifest.config(), config, manifest.layers(), parsed.diffIds(), size(d, manifest)));
  }

  public Document read(Scope scope, Descriptor d) throws IOException {
    return Document.parse(contents.read(scope, d.digest(), Json.MAX_BYTES), d.mediaType(), what(d));
  }

  public ImageConfig config(Scope scope, Descriptor d) throws IOException {
    return config(d, contents.read(scope, d.digest(), Json.MAX_BYTES));
  }

  private static ImageConfig config(Descriptor d, byte[] bytes) throws IOException {
    return ImageConfig.parse(bytes, "config " + d.digest());
  }

  public static String what(Descriptor d) {
    return (MediaTypes.isIndex(d.mediaType()) ? "index " : "manifest ") + d.digest();
  }

  /** Whether it is a document that names other things. */
  public static boolean names(Descriptor d) {
    return MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType());
  }

  /** Whether an image runs there; one that does not say is taken at its word. */
  public static boolean fits(ImageConfig config, Platform wanted) {
    return config.platform().isEmpty() || Platforms.distance(config.platform().get(), wanted).isPresent();
  }

  public static void checkLayers(Descriptor d, Manifest manifest, ImageConfig config) throws InvalidException {
    if (manifest.layers().size() != config.diffIds().size()) {
      throw new InvalidException(what(d) + " has " + manifest.layers().size() + " layers, but its config has " + config.diffIds().size()
          + " diff ids");
    }
  }

  /** The whole image as it travels; a layer that stands there twice travels once. */
  public static long size(Descriptor d, Manifest manifest) {
    Map<Digest, Long> sizes = new LinkedHashMap<>();
    sizes.put(d.digest(), d.size());
    for (Descriptor child : manifest.children()) sizes.put(child.digest(), child.size());
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }
}
