package io.gantry.oci;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One image for one platform.
 *
 * @param mediaType OCI's or Docker's
 * @param artifactType what it is where it is no image; empty otherwise
 * @param config of the image, or of whatever the manifest is for
 * @param layers from the bottom up
 * @param subject the manifest that this one is about, as for signatures
 */
public record Manifest(
    String mediaType, String artifactType, Descriptor config, List<Descriptor> layers, Optional<Descriptor> subject,
    Map<String, String> annotations) implements Document {
  public Manifest {
    layers = List.copyOf(layers);
    annotations = Map.copyOf(annotations);
  }

  /** An OCI manifest of an image. */
  public static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(MediaTypes.OCI_MANIFEST, "", config, layers, Optional.empty(), Map.of());
  }

  static Manifest read(JsonObject o, String mediaType) throws InvalidException {
    long version = o.number("schemaVersion");
    if (version != 2) throw o.invalid("schemaVersion", "is " + version + ", expected 2");
    Optional<JsonObject> subject = o.find("subject");
    return new Manifest(
        mediaType, o.findText("artifactType").orElse(""), Descriptors.read(o.object("config")), Descriptors.readAll(o.objects("layers")),
        subject.isEmpty() ? Optional.empty() : Optional.of(Descriptors.read(subject.get())), o.textMap("annotations"));
  }

  /** Whether it is an image of file trees, and no chart, signature or other artifact. Old builders named the config octet-stream. */
  public boolean isImage() {
    boolean config = MediaTypes.isConfig(this.config.mediaType()) || this.config.mediaType().equals("application/octet-stream");
    return config && layers.stream().allMatch(l -> MediaTypes.isLayer(l.mediaType()));
  }

  @Override
  public List<Descriptor> children() {
    List<Descriptor> all = new ArrayList<>();
    all.add(config);
    all.addAll(layers);
    return List.copyOf(all);
  }

  @Override
  public byte[] bytes() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("schemaVersion", 2);
    map.put("mediaType", mediaType);
    if (!artifactType.isEmpty()) map.put("artifactType", artifactType);
    map.put("config", Descriptors.write(config));
    map.put("layers", Descriptors.writeAll(layers));
    subject.ifPresent(s -> map.put("subject", Descriptors.write(s)));
    if (!annotations.isEmpty()) map.put("annotations", new java.util.TreeMap<>(annotations));
    return Json.bytes(map);
  }
}
