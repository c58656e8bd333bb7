package io.gantry.oci;

import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The config document of an image, OCI's and Docker's alike: how to run it, and what its layers are uncompressed.
 *
 * @param created when it was made; empty where it does not say or is not readable
 * @param platform what it runs on; empty where it does not say
 * @param env {@code KEY=value}, in order
 * @param entrypoint what is run, before the arguments; empty where none
 * @param cmd default arguments; empty where none
 * @param user {@code uid|name[:gid|group]}; empty for root
 * @param workdir empty for {@code /}
 * @param volumes paths whose data should outlive a container
 * @param ports {@code 6379/tcp}
 * @param labels free text of the builder; never to be taken for the manager's own
 * @param stopSignal e.g. {@code SIGQUIT}; empty where none
 * @param diffIds digests of the uncompressed layers, from the bottom up
 * @param history how it was built
 */
public record ImageConfig(
    Optional<Instant> created, String author, Optional<Platform> platform, List<String> env, List<String> entrypoint, List<String> cmd,
    String user,
    String workdir, Set<String> volumes, Set<String> ports, Map<String, String> labels, String stopSignal, List<Digest> diffIds,
    List<History> history) {
  public ImageConfig {
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    volumes = java.util.Collections.unmodifiableSet(new TreeSet<>(volumes));
    ports = java.util.Collections.unmodifiableSet(new TreeSet<>(ports));
    labels = Map.copyOf(labels);
    diffIds = List.copyOf(diffIds);
    history = List.copyOf(history);
  }

  /**
   * One step of the build.
   *
   * @param emptyLayer whether it brought no layer
   */
  public record History(Optional<Instant> created, String createdBy, String author, String comment, boolean emptyLayer) {}

  /** A config of layers alone. */
  public static ImageConfig of(Platform platform, List<Digest> diffIds) {
    return new ImageConfig(
        Optional.empty(), "", Optional.of(platform), List.of(), List.of(), List.of(), "", "", Set.of(), Set.of(), Map.of(), "", diffIds,
        List.of());
  }

  /**
   * Reads one.
   *
   * @param what names it in messages
   * @throws InvalidException it is no config of an image
   * @throws ExhaustedException it is larger than 4 MiB
   */
  public static ImageConfig parse(byte[] bytes, String what) throws InvalidException, ExhaustedException {
    JsonObject o = Json.object(bytes, what);
    if (o.has("layers") || o.has("manifests") || o.has("fsLayers")) {
      throw new InvalidException(what + " is a manifest or an index, expected an image's config");
    }
    JsonObject run = o.find("config").orElse(Json.object("{}".getBytes(), what));
    JsonObject rootfs = o.object("rootfs");
    if (!rootfs.findText("type").orElse("layers").equals("layers")) throw rootfs.invalid("type", "is not 'layers'");
    List<History> history = new ArrayList<>();
    for (JsonObject h : o.objects("history")) {
      history.add(new History(
          time(h), h.findText("created_by").orElse(""), h.findText("author").orElse(""), h.findText("comment").orElse(""),
          h.flag("empty_layer")));
    }
    return new ImageConfig(
        time(o), o.findText("author").orElse(""),
        Descriptors.platform(o.findText("os").orElse(""), o.findText("architecture").orElse(""), o.findText("variant").orElse("")),
        run.texts("Env"), run.texts("Entrypoint"), run.texts("Cmd"), run.findText("User").orElse(""), run.findText("WorkingDir").orElse(""),
        keys(run, "Volumes"), keys(run, "ExposedPorts"), run.textMap("Labels"), run.findText("StopSignal").orElse(""),
        digests(rootfs), history);
  }

  /** The document in JSON, in OCI's form; what is empty is left out. */
  public byte[] bytes() {
    Map<String, Object> map = new LinkedHashMap<>();
    created.ifPresent(t -> map.put("created", t.toString()));
    if (!author.isEmpty()) map.put("author", author);
    platform.ifPresent(p -> {
      map.put("architecture", p.architecture());
      map.put("os", p.os());
      if (!p.variant().isEmpty()) map.put("variant", p.variant());
    });
    map.put("config", run());
    Map<String, Object> rootfs = new LinkedHashMap<>();
    rootfs.put("type", "layers");
    rootfs.put("diff_ids", diffIds.stream().map(Digest::toString).toList());
    map.put("rootfs", rootfs);
    if (!history.isEmpty()) map.put("history", history.stream().map(ImageConfig::write).toList());
    return Json.bytes(map);
  }

  private Map<String, Object> run() {
    Map<String, Object> run = new LinkedHashMap<>();
    if (!user.isEmpty()) run.put("User", user);
    if (!ports.isEmpty()) run.put("ExposedPorts", empties(ports));
    if (!env.isEmpty()) run.put("Env", env);
    if (!entrypoint.isEmpty()) run.put("Entrypoint", entrypoint);
    if (!cmd.isEmpty()) run.put("Cmd", cmd);
    if (!volumes.isEmpty()) run.put("Volumes", empties(volumes));
    if (!workdir.isEmpty()) run.put("WorkingDir", workdir);
    if (!labels.isEmpty()) run.put("Labels", new TreeMap<>(labels));
    if (!stopSignal.isEmpty()) run.put("StopSignal", stopSignal);
    return run;
  }

  private static Map<String, Object> write(History h) {
    Map<String, Object> map = new LinkedHashMap<>();
    h.created.ifPresent(t -> map.put("created", t.toString()));
    if (!h.createdBy.isEmpty()) map.put("created_by", h.createdBy);
    if (!h.author.isEmpty()) map.put("author", h.author);
    if (!h.comment.isEmpty()) map.put("comment", h.comment);
    if (h.emptyLayer) map.put("empty_layer", true);
    return map;
  }

  private static Map<String, Object> empties(Set<String> keys) {
    Map<String, Object> map = new LinkedHashMap<>();
    keys.forEach(k -> map.put(k, Map.of()));
    return map;
  }

  private static Set<String> keys(JsonObject o, String key) throws InvalidException {
    Optional<JsonObject> found = o.find(key);
    return found.isEmpty() ? Set.of() : found.get().keys();
  }

  private static List<Digest> digests(JsonObject rootfs) throws InvalidException {
    List<Digest> all = new ArrayList<>();
    for (String text : rootfs.texts("diff_ids")) {
      try {
        all.add(Digest.parse(text));
      } catch (IllegalArgumentException e) {
        throw new InvalidException(rootfs.where() + ": diff_ids: " + e.getMessage(), e);
      }
    }
    return all;
  }

  /** An unreadable time is no reason to refuse an image. */
  private static Optional<Instant> time(JsonObject o) throws InvalidException {
    Optional<String> text = o.findText("created");
    if (text.isEmpty()) return Optional.empty();
    try {
      return Optional.of(OffsetDateTime.parse(text.get()).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
