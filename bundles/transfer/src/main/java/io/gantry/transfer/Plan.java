package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.Document;
import io.gantry.oci.Index;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All of an image that leaves the store, each thing once: blobs, and the documents that name them, children before parents. */
final class Plan {
  private static final int TOLD = 5;

  private final Contents contents;
  private final Documents documents;
  private final Scope scope;
  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
  private final Map<Digest, Descriptor> parents = new LinkedHashMap<>();
  private final Set<Digest> left = new LinkedHashSet<>();
  private final Set<String> missing = new LinkedHashSet<>();
  private int lacking;

  private Plan(Contents contents, Documents documents, Scope scope) {
    this.contents = contents;
    this.documents = documents;
    this.scope = scope;
  }

  /**
   * Looks for all of it.
   *
   * @param doing for messages, e.g. {@code pushing a/b:1}
   * @throws NotFoundException something is missing; the message says what, and what to try
   */
  static Plan of(Contents contents, Documents documents, Scope scope, Descriptor target, String doing) throws IOException {
    Plan plan = new Plan(contents, documents, scope);
    plan.add(target, "", Documents.DEPTH);
    if (plan.lacking == 0) return plan;
    String more = plan.lacking > plan.missing.size() ? " and " + (plan.lacking - plan.missing.size()) + " more" : "";
    throw new NotFoundException(doing + ": " + plan.lacking + " of what " + Documents.what(target) + " names "
        + (plan.lacking == 1 ? "is" : "are") + " not in the store: " + String.join(", ", plan.missing) + more
        + "; pull it again, or name a platform that is here with --platform");
  }

  /** What one platform's image is; the target itself where it is no index. */
  static Descriptor choose(Documents documents, Scope scope, Descriptor target, Optional<Platform> platform) throws IOException {
    return platform.isEmpty() ? target : documents.resolve(scope, target, platform).manifest();
  }

  private void add(Descriptor d, String of, int depth) throws IOException {
    if (parents.containsKey(d.digest()) || blobs.containsKey(d.digest())) return;
    if (isForeign(d.mediaType())) {
      left.add(d.digest());
      return;
    }
    String platform = d.platform().map(Platform::toString).orElse(of);
    if (contents.find(scope, d.digest()).isEmpty()) {
      lacking++;
      String what = MediaTypes.ref(d.mediaType(), d.digest()) + (platform.isEmpty() ? "" : " (" + platform + ")");
      if (missing.size() < TOLD) missing.add(what);
      return;
    }
    if (!MediaTypes.isIndex(d.mediaType()) && !MediaTypes.isManifest(d.mediaType())) {
      blobs.put(d.digest(), d);
      return;
    }
    if (depth == 0) throw new UnsupportedException(Documents.what(d) + " lies in indexes in indexes, deeper than " + Documents.DEPTH);
    Document document = documents.read(scope, d);
    for (Descriptor child : document.children()) add(child, platform, document instanceof Index ? depth - 1 : depth);
    parents.put(d.digest(), d);
  }

  /** Layers that their maker lets nobody pass on; they stay where their URLs say. */
  static boolean isForeign(String mediaType) {
    return mediaType.contains(".nondistributable.") || mediaType.contains(".foreign.");
  }

  List<Descriptor> blobs() {
    return List.copyOf(blobs.values());
  }

  /** Manifests and indexes, the target last. */
  List<Descriptor> parents() {
    return List.copyOf(parents.values());
  }

  /** What may not be passed on. */
  Set<Digest> left() {
    return Set.copyOf(left);
  }

  long size() {
    return blobs.values().stream().mapToLong(Descriptor::size).sum() + parents.values().stream().mapToLong(Descriptor::size).sum();
  }
}
