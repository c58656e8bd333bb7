package io.gantry.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.event.Events;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Table;
import java.io.IOException;
import java.time.Instant;
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
  private final Rows<Container> rows;
  private final Events events;

  @Activate
  public ContainerRecords(@Reference Table table, @Reference Events events) {
    this.rows = new Rows<>(table, "container", ContainerRecords::decode);
    this.events = events;
  }

  @Override
  public Container create(Scope scope, Container c) throws IOException {
    Instant now = Instant.now();
    Container made = rows.create(scope, c.id(), encode(c, Labels.checked(c.labels()), now, now));
    events.publish(scope, "/containers/create", Map.of("id", c.id(), "image", c.image(), "runtime", Map.of("name", c.runtime())));
    return made;
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
  public List<Container> list(Scope scope, String after, int max) throws IOException {
    return rows.list(scope, after, max);
  }

  @Override
  public Container update(Scope scope, Container c) throws IOException {
    Map<String, String> labels = Labels.checked(c.labels());
    return updated(scope, rows.replace(scope, c.id(), c.revision(), old -> encode(c, labels, old.created(), Instant.now())));
  }

  @Override
  public Container label(Scope scope, String id, Map<String, String> changes) throws IOException {
    return updated(scope, rows.edit(scope, id, old -> encode(old, Labels.merged(old.labels(), changes), old.created(), Instant.now())));
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    rows.remove(scope, id);
    events.publish(scope, "/containers/delete", Map.of("id", id));
  }

  private Container updated(Scope scope, Container c) {
    events.publish(scope, "/containers/update", Map.of("id", c.id(), "image", c.image(), "labels", c.labels()));
    return c;
  }

  private static ObjectNode encode(Container c, Map<String, String> labels, Instant created, Instant updated) {
    ObjectNode o = Json.object();
    o.put("image", c.image()).put("runtime", c.runtime()).put("snapshotter", c.snapshotter()).put("snapshotKey", c.snapshotKey());
    c.runtimeOptions().ifPresent(t -> Json.typed(o, "runtimeOptions", t));
    Json.typed(o, "spec", c.spec());
    ObjectNode extensions = o.putObject("extensions");
    new TreeMap<>(c.extensions()).forEach((name, t) -> Json.typed(extensions, name, t));
    Json.labels(o, labels);
    Json.time(o, "created", created);
    Json.time(o, "updated", updated);
    return o;
  }

  private static Container decode(String id, long revision, JsonNode o) {
    var extensions = new TreeMap<String, Typed>();
    o.path("extensions").properties().forEach(e -> extensions.put(e.getKey(), Json.typed(e.getValue())));
    Optional<Typed> options = o.has("runtimeOptions") ? Optional.of(Json.typed(o.get("runtimeOptions"))) : Optional.empty();
    return new Container(id, o.path("image").asText(), o.path("runtime").asText(), options, Json.typed(o.path("spec")),
        o.path("snapshotter").asText(), o.path("snapshotKey").asText(), extensions, Json.labels(o), Json.time(o, "created"),
        Json.time(o, "updated"), revision);
  }
}
