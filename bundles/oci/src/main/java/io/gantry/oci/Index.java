package io.gantry.oci;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Images for several platforms under one name; Docker calls it a manifest list.
 *
 * @param manifests the entries, in their order; an entry may be an index again
 */
public record Index(String mediaType, String artifactType, List<Descriptor> manifests, Map<String, String> annotations)
    implements Document {
  public Index {
    manifests = List.copyOf(manifests);
    annotations = Map.copyOf(annotations);
  }

  /** An OCI index. */
  public static Index of(List<Descriptor> manifests) {
    return new Index(MediaTypes.OCI_INDEX, "", manifests, Map.of());
  }

  static Index read(JsonObject o, String mediaType) throws InvalidException {
    long version = o.number("schemaVersion");
    if (version != 2) throw o.invalid("schemaVersion", "is " + version + ", expected 2");
    return new Index(mediaType, o.findText("artifactType").orElse(""), Descriptors.readAll(o.objects("manifests")),
        o.textMap("annotations"));
  }

  /**
   * The entries for a platform, best first. Those that name none come last, in their order: what they are stands in their config.
   * Attestations (platform {@code unknown/unknown}) are nobody's.
   */
  public List<Descriptor> choose(Platform wanted) {
    record Fit(Descriptor entry, int distance) {}
    List<Fit> fits = new ArrayList<>();
    for (Descriptor d : manifests) {
      if (isAttestation(d)) continue;
      Optional<Platform> offer = d.platform();
      if (offer.isEmpty()) fits.add(new Fit(d, Integer.MAX_VALUE));
      else Platforms.distance(offer.get(), wanted).ifPresent(n -> fits.add(new Fit(d, n)));
    }
    return fits.stream().sorted(Comparator.comparingInt(Fit::distance)).map(Fit::entry).toList();
  }

  /** The platforms on offer, for a message when none fits. */
  public List<String> platforms() {
    return manifests.stream().filter(d -> !isAttestation(d)).flatMap(d -> d.platform().stream()).map(Platform::toString).distinct()
        .toList();
  }

  private static boolean isAttestation(Descriptor d) {
    return d.annotations().containsKey("vnd.docker.reference.type") || d.platform().filter(p -> p.os().equals("unknown")).isPresent();
  }

  @Override
  public List<Descriptor> children() {
    return manifests;
  }

  @Override
  public byte[] bytes() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("schemaVersion", 2);
    map.put("mediaType", mediaType);
    if (!artifactType.isEmpty()) map.put("artifactType", artifactType);
    map.put("manifests", Descriptors.writeAll(manifests));
    if (!annotations.isEmpty()) map.put("annotations", new java.util.TreeMap<>(annotations));
    return Json.bytes(map);
  }
}
