package io.gantry.oci;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Descriptors in JSON. Digests are held to their grammar here: a digest becomes a file name and a path of a URL (CVE-2024-3727). */
public final class Descriptors {
  private Descriptors() {}

  /** @throws InvalidException a field is missing or wrong; the message names document and field */
  public static Descriptor read(JsonObject o) throws InvalidException {
    long size = o.number("size");
    if (size < 0) throw o.invalid("size", "is " + size + ", expected 0 or more");
    String type = o.text("mediaType");
    if (type.isEmpty()) throw o.invalid("mediaType", "is empty");
    return new Descriptor(type, digest(o, "digest"), size, o.textMap("annotations"), platform(o.find("platform")), o.texts("urls"));
  }

  static List<Descriptor> readAll(List<JsonObject> objects) throws InvalidException {
    List<Descriptor> all = new ArrayList<>();
    for (JsonObject o : objects) all.add(read(o));
    return List.copyOf(all);
  }

  static Digest digest(JsonObject o, String key) throws InvalidException {
    try {
      return Digest.parse(o.text(key));
    } catch (IllegalArgumentException e) {
      throw new InvalidException(o.where() + ": " + e.getMessage(), e);
    }
  }

  /** The JSON of a descriptor; what is empty is left out. */
  public static Map<String, Object> write(Descriptor d) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("mediaType", d.mediaType());
    map.put("digest", d.digest().toString());
    map.put("size", d.size());
    if (!d.urls().isEmpty()) map.put("urls", d.urls());
    if (!d.annotations().isEmpty()) map.put("annotations", new java.util.TreeMap<>(d.annotations()));
    d.platform().ifPresent(p -> {
      Map<String, Object> platform = new LinkedHashMap<>();
      platform.put("architecture", p.architecture());
      platform.put("os", p.os());
      if (!p.variant().isEmpty()) platform.put("variant", p.variant());
      map.put("platform", platform);
    });
    return map;
  }

  static List<Map<String, Object>> writeAll(List<Descriptor> all) {
    return all.stream().map(Descriptors::write).toList();
  }

  private static Optional<Platform> platform(Optional<JsonObject> found) throws InvalidException {
    if (found.isEmpty()) return Optional.empty();
    JsonObject o = found.get();
    return platform(o.findText("os").orElse(""), o.findText("architecture").orElse(""), o.findText("variant").orElse(""));
  }

  /** Empty where os or architecture are not said, as in artifacts' configs. */
  static Optional<Platform> platform(String os, String architecture, String variant) {
    if (os.isEmpty() || architecture.isEmpty()) return Optional.empty();
    return Optional.of(Platforms.normal(new Platform(os, architecture, variant)));
  }
}
