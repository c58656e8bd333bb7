package io.gantry.kit.registry;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.OciLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What a registry has: documents and blobs by repository. */
final class Shelf {
  /** A document or blob: its type, and its bytes in memory or in a file. */
  private record Item(String mediaType, Digest digest, byte[] bytes, Path file) {
    byte[] read() throws IOException {
      return file == null ? bytes : Files.readAllBytes(file);
    }
  }

  private final Map<String, Item> manifests = new ConcurrentHashMap<>();
  private final Map<String, Item> blobs = new ConcurrentHashMap<>();

  void add(String repository, String tag, Artifact artifact) {
    for (Blob b : artifact.blobs()) {
      Item item = new Item(b.descriptor().mediaType(), b.digest(), b.bytes(), null);
      (b.isManifest() ? manifests : blobs).put(key(repository, b.digest().toString()), item);
    }
    manifests.put(key(repository, tag), manifests.get(key(repository, artifact.descriptor().digest().toString())));
  }

  /** All tags of a layout; what they point to is read from its files when asked for. */
  void add(String repository, OciLayout layout) throws IOException {
    for (var tag : layout.tags().entrySet()) {
      Descriptor d = tag.getValue();
      for (Descriptor child : layout.children(d)) {
        Item item = new Item(child.mediaType(), child.digest(), null, layout.path(child.digest()));
        (Blob.isManifest(child.mediaType()) ? manifests : blobs).put(key(repository, child.digest().toString()), item);
      }
      Item whole = new Item(d.mediaType(), d.digest(), null, layout.path(d.digest()));
      manifests.put(key(repository, tag.getKey()), whole);
      manifests.put(key(repository, d.digest().toString()), whole);
    }
  }

  /** The right answer to a request for a document or a blob. */
  Reply answer(Request q) throws IOException {
    Map<String, Item> where = q.isManifest() ? manifests : blobs;
    Optional<Item> found = Optional.ofNullable(where.get(key(q.repository(), q.object())));
    if (found.isEmpty()) return Reply.error(404, q.isManifest() ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN", "unknown: " + q.object());
    Item item = found.get();
    Reply r = new Reply(200, q.isManifest() ? item.mediaType : "application/octet-stream", item.read());
    r.header("Docker-Content-Digest", item.digest.toString()).header("ETag", '"' + item.digest.toString() + '"');
    return q.isBlob() ? Ranges.apply(q, r) : r;
  }

  private static String key(String repository, String object) {
    return repository + "@" + object;
  }
}
