package io.gantry.kit.registry;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.OciLayout;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

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
  private final Set<String> uploads = ConcurrentHashMap.newKeySet();
  private final AtomicInteger begun = new AtomicInteger();

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

  /** Does what a request that changes something wants, where its bytes are what it says. */
  Reply take(Request q, byte[] body) {
    if (q.isManifest() && q.method().equals("PUT")) return manifest(q, body);
    boolean upload = q.isBlob() && q.path().contains("/blobs/uploads/");
    String repository = q.repository();
    if (upload && q.method().equals("POST")) return begin(q, repository);
    if (upload && q.method().equals("PUT")) return end(q, repository, body);
    if (upload && q.method().equals("DELETE")) {
      uploads.remove(q.object());
      return Reply.text(204, "text/plain", "");
    }
    return Reply.error(405, "UNSUPPORTED", "not here");
  }

  private Reply manifest(Request q, byte[] body) {
    Digest digest = Blob.digest(body);
    boolean byDigest = q.object().contains(":");
    if (byDigest && !q.object().equals(digest.toString())) return Reply.error(400, "DIGEST_INVALID", "it has " + digest);
    Item item = new Item(q.header("Content-Type").orElse(""), digest, body, null);
    manifests.put(key(q.repository(), digest.toString()), item);
    manifests.put(key(q.repository(), q.object()), item);
    return Reply.text(201, "text/plain", "").header("Docker-Content-Digest", digest.toString());
  }

  private Reply begin(Request q, String repository) {
    String digest = query(q, "mount");
    Item there = blobs.get(key(query(q, "from"), digest));
    if (there != null) {
      blobs.put(key(repository, digest), there);
      return Reply.text(201, "text/plain", "").header("Docker-Content-Digest", digest);
    }
    String id = "upload-" + begun.incrementAndGet();
    uploads.add(id);
    return Reply.text(202, "text/plain", "").header("Location", "/v2/" + repository + "/blobs/uploads/" + id + "?state=a%3Db");
  }

  /** Any upload, since another host may have begun it. */
  private Reply end(Request q, String repository, byte[] body) {
    uploads.remove(q.object());
    Digest digest = Blob.digest(body);
    if (!query(q, "state").equals("a=b")) return Reply.error(400, "BLOB_UPLOAD_INVALID", "another address was given");
    if (!query(q, "digest").equals(digest.toString())) return Reply.error(400, "DIGEST_INVALID", "it has " + digest);
    blobs.put(key(repository, digest.toString()), new Item("application/octet-stream", digest, body, null));
    return Reply.text(201, "text/plain", "").header("Docker-Content-Digest", digest.toString());
  }

  Optional<byte[]> bytes(String repository, String object) throws IOException {
    Item item = manifests.getOrDefault(key(repository, object), blobs.get(key(repository, object)));
    return item == null ? Optional.empty() : Optional.of(item.read().clone());
  }

  int uploads() {
    return uploads.size();
  }

  private static String query(Request q, String name) {
    for (String pair : q.query().split("&")) {
      if (pair.startsWith(name + "=")) return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
    }
    return "";
  }

  private static String key(String repository, String object) {
    return repository + "@" + object;
  }
}
