package io.gantry.kit.image;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes images of layers and a configuration; equal calls give equal digests.
 *
 * <p>Example: {@code new ImageBuilder().layer(base.gzip()).cmd("/bin/true").env("A=b").build(ImageFormat.OCI)}.
 */
public final class ImageBuilder {
  private final List<Layer> layers = new ArrayList<>();
  private final Map<String, Object> config = new LinkedHashMap<>();
  private final Map<String, String> annotations = new LinkedHashMap<>();
  private Platform platform = Platform.host();
  private String created = "2020-09-13T12:26:40Z";

  public ImageBuilder layer(Layer layer) {
    layers.add(layer);
    return this;
  }

  public ImageBuilder layers(List<Layer> more) {
    layers.addAll(more);
    return this;
  }

  public ImageBuilder entrypoint(String... words) {
    return config("Entrypoint", List.of(words));
  }

  public ImageBuilder cmd(String... words) {
    return config("Cmd", List.of(words));
  }

  /** @param variables each {@code KEY=value} */
  public ImageBuilder env(String... variables) {
    return config("Env", List.of(variables));
  }

  public ImageBuilder user(String user) {
    return config("User", user);
  }

  public ImageBuilder workingDir(String directory) {
    return config("WorkingDir", directory);
  }

  public ImageBuilder volumes(String... paths) {
    return config("Volumes", set(paths));
  }

  public ImageBuilder exposedPorts(String... ports) {
    return config("ExposedPorts", set(ports));
  }

  public ImageBuilder labels(Map<String, String> labels) {
    return config("Labels", new java.util.TreeMap<>(labels));
  }

  public ImageBuilder stopSignal(String signal) {
    return config("StopSignal", signal);
  }

  /** Any field of the configuration's {@code config} object. */
  public ImageBuilder config(String field, Object value) {
    config.put(field, value);
    return this;
  }

  /** An annotation of the manifest. */
  public ImageBuilder annotation(String key, String value) {
    annotations.put(key, value);
    return this;
  }

  public ImageBuilder platform(Platform platform) {
    this.platform = platform;
    return this;
  }

  /** @param time in RFC 3339 */
  public ImageBuilder created(String time) {
    created = time;
    return this;
  }

  public Image build(ImageFormat format) {
    Blob configBlob = Blob.of(format.config, Json.bytes(configDocument()));
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", format.manifest);
    manifest.put("config", document(configBlob.descriptor()));
    manifest.put("layers", layers.stream()
        .map(l -> document(Descriptor.of(format.layerType(l.suffix()), l.digest(), l.blob().length))).toList());
    if (!annotations.isEmpty()) manifest.put("annotations", annotations);
    return new Image(platform, Blob.of(format.manifest, Json.bytes(manifest)), configBlob, layers);
  }

  static Map<String, Object> document(Descriptor d) {
    Map<String, Object> doc = new LinkedHashMap<>();
    doc.put("mediaType", d.mediaType());
    doc.put("digest", d.digest().toString());
    doc.put("size", d.size());
    return doc;
  }

  private Map<String, Object> configDocument() {
    Map<String, Object> doc = new LinkedHashMap<>();
    doc.put("created", created);
    doc.put("architecture", platform.architecture());
    doc.put("os", platform.os());
    if (!platform.variant().isEmpty()) doc.put("variant", platform.variant());
    doc.put("config", config);
    Map<String, Object> rootfs = new LinkedHashMap<>();
    rootfs.put("type", "layers");
    rootfs.put("diff_ids", layers.stream().map(Layer::diffId).map(Digest::toString).toList());
    doc.put("rootfs", rootfs);
    List<Object> history = new ArrayList<>();
    for (Layer l : layers) history.add(history(l));
    doc.put("history", history);
    return doc;
  }

  private Map<String, Object> history(Layer l) {
    Map<String, Object> h = new LinkedHashMap<>();
    h.put("created", created);
    h.put("created_by", "layer " + l.diffId().shortHex());
    return h;
  }

  private static Map<String, Object> set(String... keys) {
    Map<String, Object> m = new LinkedHashMap<>();
    for (String k : keys) m.put(k, Map.of());
    return m;
  }
}
