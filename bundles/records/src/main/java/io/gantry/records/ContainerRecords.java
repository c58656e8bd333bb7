package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.oci.json.Stored;
import io.gantry.service.event.Events;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The records of containers. */
@Component
public final class ContainerRecords implements Containers {
  private static final List<String> MUTABLE = List.of("labels", "spec", "extensions", "image", "snapshotkey");
  private static final String REMEDY = "remove it by ctr:delete at its manager, with -f where it runs";
  /** As much as is read of one when its container starts. */
  private static final int MAX_SPEC = io.gantry.oci.json.Json.MAX_BYTES;
  private final Rows<Container> rows;
  private final Events events;

  @Activate
  public ContainerRecords(@Reference Table table, @Reference Events events) {
    this.rows = new Rows<>(table, "container", REMEDY, ContainerRecords::decode);
    this.events = events;
  }

  @Override
  public Container create(Scope scope, Container c) throws IOException {
    Instant now = Instant.now();
    requireUsable(c.id(), c.spec());
    Container made = rows.create(scope, Identifiers.checked("container.ID", c.id()), encode(c, now, now));
    events.publish(scope, "/containers/create", Map.of("id", c.id(), "image", c.image(), "runtime", runtime(c)));
    return made;
  }

  /** An Any in an event is its bare type and its bytes in base64. */
  private static Map<String, ?> runtime(Container c) {
    return c.runtimeOptions()
        .<Map<String, ?>>map(o -> Map.of("name", c.runtime(), "options", Map.of("type_url", o.typeUrl(), "value", Base64
        .getEncoder().encodeToString(o.value())))).orElseGet(() -> Map.of("name", c.runtime()));
  }

  @Override
  public Container get(Scope scope, String id) throws IOException {
    return rows.get(scope, id);
  }

  @Override
  public Optional<Container> find(Scope scope, String id) throws IOException {
    return rows.find(scope, id);
  }

  @Override
  public Optional<Container> recent(Scope scope, String id) {
    return rows.recent(scope, id);
  }

  @Override
  public List<Container> list(Scope scope, String after, int max) throws IOException {
    return rows.list(scope, after, max);
  }

  @Override
  public List<Damaged> damaged(Scope scope) throws IOException {
    return rows.damaged(scope);
  }

  @Override
  public Container update(Scope scope, Container c) throws IOException {
    return updated(scope, rows.replace(scope, c.id(), c.revision(), old -> {
      if (!c.spec().equals(old.spec())) requireUsable(c.id(), c.spec());
      return encode(c, old.created(), Instant.now());
    }));
  }

  @Override
  public Container update(Scope scope, Container c, List<String> mask) throws IOException {
    return updated(scope, rows.edit(scope, c.id(), old -> {
      if (mask.isEmpty()) refuseOthers(old, c);
      Container now = old;
      for (String path : mask.isEmpty() ? MUTABLE : mask) now = with(now, path, c);
      if (!now.spec().equals(old.spec())) requireUsable(c.id(), now.spec());
      return encode(now, old.created(), Instant.now());
    }));
  }

  private static void requireUsable(String id, Typed spec) throws InvalidException {
    int bytes = spec.value().length;
    if (bytes > MAX_SPEC) {
      throw new InvalidException("container.Spec of \"" + id + "\" takes " + bytes + " bytes; at most " + MAX_SPEC
          + " are read when it starts");
    }
  }

  private static void refuseOthers(Container old, Container c) throws InvalidException {
    String field = !old.snapshotter().equals(c.snapshotter()) ? "Snapshotter" : !old.runtime().equals(c.runtime()) ? "Runtime.Name"
        : !old.sandbox().equals(c.sandbox()) ? "SandboxID" : "";
    if (!field.isEmpty()) throw new InvalidException("container." + field + " field is immutable, of container \"" + c.id() + "\"");
  }

  private static Container with(Container old, String path, Container c) throws InvalidException {
    String extension = Mask.key(path, "extensions");
    if (!extension.isEmpty()) return with(old, old.image(), old.spec(), old.snapshotKey(), Mask.with(old.extensions(), extension, c
        .extensions()), old.labels());
    return switch (path) {
      case "image" -> with(old, c.image(), old.spec(), old.snapshotKey(), old.extensions(), old.labels());
      case "spec" -> with(old, old.image(), c.spec(), old.snapshotKey(), old.extensions(), old.labels());
      case "snapshotkey", "snapshot_key" -> with(old, old.image(), old.spec(), c.snapshotKey(), old.extensions(), old.labels());
      case "extensions" -> with(old, old.image(), old.spec(), old.snapshotKey(), c.extensions(), old.labels());
      default -> with(old, old.image(), old.spec(), old.snapshotKey(), old.extensions(),
          Mask.labels(old.labels(), c.labels(), List.of(path),
          "on \"" + c.id() + "\""));
    };
  }

  private static Container with(Container c, String image, Typed spec, String snapshotKey, Map<String, Typed> extensions,
      Map<String, String> labels) {
    return new Container(c.id(), image, c.runtime(), c.runtimeOptions(), spec, c.snapshotter(), snapshotKey, extensions, c.sandbox(),
        labels, c
        .created(), c.updated(), c.revision());
  }

  @Override
  public Container label(Scope scope, String id, Map<String, String> changes) throws IOException {
    return updated(scope, rows.edit(scope, id, old -> encode(with(old, old.image(), old.spec(), old.snapshotKey(), old.extensions(), Labels
        .merged(old.labels(), changes)), old.created(), Instant.now())));
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    rows.remove(scope, id);
    events.publish(scope, "/containers/delete", Map.of("id", id));
  }

  private Container updated(Scope scope, Container c) {
    events.publish(scope, "/containers/update", Map.of("id", c.id(), "image", c.image(), "labels", c.labels(), "snapshot_key", c
        .snapshotKey()));
    return c;
  }

  private static ObjectNode encode(Container c, Instant created, Instant updated) throws InvalidException {
    if (c.extensions().containsKey("")) throw new InvalidException("container.Extensions of \"" + c.id() + "\" have an empty key");
    Json.requireShort(c.extensions().keySet(), "container.Extensions of \"" + c.id() + "\"");
    if (!c.snapshotKey().isEmpty() && c.snapshotter().isEmpty()) {
      throw new InvalidException("container.Snapshotter must be set if container.SnapshotKey is set, of \"" + c.id() + "\"");
    }
    ObjectNode o = Json.object();
    o.put("image", c.image()).put("runtime", c.runtime()).put("snapshotter", c.snapshotter()).put("snapshotKey", c.snapshotKey());
    c.runtimeOptions().ifPresent(t -> Json.typed(o, "runtimeOptions", t));
    Json.typed(o, "spec", c.spec());
    ObjectNode extensions = o.putObject("extensions");
    new TreeMap<>(c.extensions()).forEach((name, t) -> Json.typed(extensions, name, t));
    if (!c.sandbox().isEmpty()) o.put("sandbox", c.sandbox());
    Json.labels(o, Labels.merged(Map.of(), c.labels()));
    Json.time(o, "created", created);
    Json.time(o, "updated", updated);
    return o;
  }

  private static Container decode(String id, long revision, Stored o) throws IOException {
    var extensions = new TreeMap<String, Typed>();
    Stored all = o.object("extensions");
    for (String name : all.keys()) extensions.put(name, Json.typed(all, name));
    Optional<Typed> options = o.has("runtimeOptions") ? Optional.of(Json.typed(o, "runtimeOptions")) : Optional.empty();
    return new Container(id, o.text("image"), o.text("runtime"), options, Json.typed(o, "spec"), o.text("snapshotter"),
        o.text("snapshotKey"), extensions, o.findName("sandbox").orElse(""), o.textMap("labels"), Json.time(o, "created"),
        Json.time(o, "updated"), revision);
  }
}
