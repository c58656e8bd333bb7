package io.gantry.kit.image;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A folder in the OCI image layout, as {@code skopeo}, {@code umoci} and {@code ctr} read and write it. */
public final class OciLayout {
  private static final String NAME = "org.opencontainers.image.ref.name";
  private final Path folder;

  public OciLayout(Path folder) {
    this.folder = folder;
  }

  /** Writes the folder with these artifacts under their tags; blobs that are there stay. */
  public OciLayout write(Map<String, ? extends Artifact> tagged) throws IOException {
    Files.createDirectories(folder.resolve("blobs/sha256"));
    List<Object> manifests = new ArrayList<>();
    for (var e : tagged.entrySet()) {
      for (Blob b : e.getValue().blobs()) if (!Files.exists(path(b.digest()))) Files.write(path(b.digest()), b.bytes());
      Map<String, Object> m = ImageBuilder.document(e.getValue().descriptor());
      m.put("annotations", Map.of(NAME, e.getKey()));
      manifests.add(m);
    }
    Files.write(folder.resolve("oci-layout"), Json.bytes(Map.of("imageLayoutVersion", "1.0.0")));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", ImageFormat.OCI.index);
    index.put("manifests", manifests);
    Files.write(folder.resolve("index.json"), Json.bytes(index));
    return this;
  }

  /** What the tags of the folder name, in its order. */
  public Map<String, Descriptor> tags() throws IOException {
    Map<String, Descriptor> tags = new LinkedHashMap<>();
    for (JsonNode m : Json.parse(Files.readAllBytes(folder.resolve("index.json"))).path("manifests")) {
      String tag = m.path("annotations").path(NAME).asText("");
      if (!tag.isEmpty()) tags.put(tag, descriptor(m));
    }
    return tags;
  }

  /** All that a document points to, and what those point to. */
  public List<Descriptor> children(Descriptor document) throws IOException {
    List<Descriptor> all = new ArrayList<>();
    JsonNode doc = Json.parse(Files.readAllBytes(path(document.digest())));
    for (JsonNode m : doc.path("manifests")) all.add(descriptor(m));
    for (JsonNode l : doc.path("layers")) all.add(descriptor(l));
    if (doc.has("config")) all.add(descriptor(doc.get("config")));
    for (Descriptor d : List.copyOf(all)) if (Blob.isManifest(d.mediaType())) all.addAll(children(d));
    return all;
  }

  private static Descriptor descriptor(JsonNode d) {
    return Descriptor.of(d.path("mediaType").asText(), Digest.parse(d.path("digest").asText()), d.path("size").asLong());
  }

  public Path path(Digest digest) {
    return folder.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  public Path folder() {
    return folder;
  }
}
