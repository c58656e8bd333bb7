package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.Document;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.Index;
import io.gantry.oci.Manifest;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.image.Documents;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Brings the documents of one image into the store, one after the other, each labelled with what it names. */
final class Choice {
  /** An image for the wanted platform. */
  record Chosen(Descriptor descriptor, Manifest manifest, ImageConfig config) {}

  private final Mover core;
  private final Scope scope;
  private final Resolved resolved;
  private final Download download;
  private final Reference reference;

  Choice(Mover core, Scope scope, Resolved resolved, Download download) {
    this.core = core;
    this.scope = scope;
    this.resolved = resolved;
    this.download = download;
    this.reference = resolved.reference();
  }

  /** Documents down to the image for a platform. @throws NotFoundException nothing is for that; what there is is told */
  Chosen of(Platform wanted) throws IOException {
    List<String> offers = new ArrayList<>();
    return choose(wanted, resolved.target(), Documents.DEPTH, offers).orElseThrow(() -> new NotFoundException(
        "image " + reference + " has nothing for " + wanted + "; it has " + (offers.isEmpty() ? "no platform at all"
        : String.join(", ", offers))));
  }

  /** What does not fit is told in {@code offers}. */
  private Optional<Chosen> choose(Platform wanted, Descriptor d, int depth, List<String> offers) throws IOException {
    if (depth == 0) throw tooDeep();
    check(d);
    Document document = bring(d);
    if (document instanceof Manifest manifest) return image(wanted, d, manifest, offers);
    Index index = (Index) document;
    core.contents().label(scope, d.digest(), References.of(index));
    offers.addAll(index.platforms());
    for (Descriptor child : index.choose(wanted)) {
      Optional<Chosen> found = choose(wanted, child, depth - 1, offers);
      if (found.isPresent()) return found;
    }
    return Optional.empty();
  }

  private Document bring(Descriptor d) throws IOException {
    download.document(d);
    return core.documents().read(scope, d);
  }

  private UnsupportedException tooDeep() {
    return new UnsupportedException("image " + reference + " has indexes in indexes, deeper than " + Documents.DEPTH);
  }

  private void check(Descriptor d) throws UnsupportedException {
    if (MediaTypes.isSchema1(d.mediaType())) {
      throw new UnsupportedException("image " + reference + " is a Docker schema 1 manifest; push it again with a current tool");
    }
    if (!Documents.names(d)) {
      throw new UnsupportedException("image " + reference + " names a " + d.mediaType() + ", which is neither a manifest nor an index");
    }
  }

  private Optional<Chosen> image(Platform wanted, Descriptor d, Manifest manifest, List<String> offers) throws IOException {
    if (!manifest.isImage()) {
      String type = manifest.artifactType().isEmpty() ? manifest.config().mediaType() : manifest.artifactType();
      throw new UnsupportedException(reference + " is no image but an artifact of type " + type);
    }
    download.document(manifest.config());
    ImageConfig config = core.documents().config(scope, manifest.config());
    if (!Documents.fits(config, wanted)) {
      String has = config.platform().orElseThrow().toString();
      String told = d.platform().map(Platform::toString).orElse(has);
      offers.remove(told);
      offers.add(told.equals(has) ? has : has + " (so the config of " + d.digest() + " says; the index has it as " + told + ")");
      return Optional.empty();
    }
    Documents.checkLayers(d, manifest, config);
    core.contents().label(scope, d.digest(), References.of(manifest));
    return Optional.of(new Chosen(d, manifest, config));
  }

  /** Brings all documents that the image has, and tells what they name. */
  void all(Parts parts) throws IOException {
    check(resolved.target());
    all(resolved.target(), Documents.DEPTH, parts);
  }

  private void all(Descriptor d, int depth, Parts parts) throws IOException {
    if (!Documents.names(d)) {
      parts.blob(d);
      return;
    }
    if (!parts.document(d)) return;
    if (depth == 0) throw tooDeep();
    Document document = bring(d);
    core.contents().label(scope, d.digest(), References.of(document));
    for (Descriptor child : document.children()) all(child, depth - 1, parts);
  }
}
