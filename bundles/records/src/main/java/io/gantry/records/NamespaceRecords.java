package io.gantry.records;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.service.event.Events;
import io.gantry.service.record.Namespace;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Namespaces, which are there from their first record on. */
@Component
public final class NamespaceRecords implements Namespaces {
  private static final int PAGE = 500;

  /** What containerd calls the things of a table. */
  private static final Map<String, String> THINGS = Map.of("image", "images", "content", "blobs", "container", "containers", "snapshot",
      "snapshots", "lease", "leases", "held", "leases", "mount", "mounts", "task", "tasks");

  private static final String REMEDY = "namespace:create with its name and labels makes it anew, with all that is in it";
  private final Table table;
  private final Rows<Namespace> rows;
  private final Events events;

  @Activate
  public NamespaceRecords(@Reference Table table, @Reference Events events) {
    this.table = table;
    this.rows = new Rows<>(table, TableService.NAMESPACES, REMEDY, NamespaceRecords::decode);
    this.events = events;
  }

  /** Labels after an edit of those there. */
  @FunctionalInterface
  private interface Edit {
    Map<String, String> edit(Optional<Namespace> old) throws IOException;
  }

  @Override
  public List<String> list(Scope scope) throws IOException {
    var all = new ArrayList<String>();
    String after = "";
    for (List<Row> page = page(scope, after); !page.isEmpty(); page = page(scope, after)) {
      for (Row r : page) {
        rows.whole(scope, r);
        all.add(r.id());
      }
      after = all.getLast();
    }
    return List.copyOf(all);
  }

  private List<Row> page(Scope scope, String after) throws IOException {
    return table.list(scope, TableService.NAMESPACES, after, PAGE);
  }

  @Override
  public Namespace get(Scope scope, String namespace) throws IOException {
    return find(scope, namespace).orElseThrow(() -> notFound(namespace));
  }

  private static NotFoundException notFound(String namespace) {
    return new NotFoundException("namespace \"" + namespace + "\" is not there; namespace:create makes it, as its first record does");
  }

  private Optional<Namespace> find(Scope scope, String namespace) throws IOException {
    return rows.find(scope, namespace);
  }

  /** That of one which its first record made has no labels. */
  private static Namespace decode(String name, long revision, Stored o) throws IOException {
    return new Namespace(name, o.has("labels") ? o.textMap("labels") : Map.of(), revision);
  }

  @Override
  public Namespace create(Scope scope, String namespace, Map<String, String> labels) throws IOException {
    Namespace made = made(scope, Identifiers.checked("namespace", namespace), Labels.merged(Map.of(), labels));
    tell(scope, "/namespaces/create", made);
    return made;
  }

  private Namespace made(Scope scope, String namespace, Map<String, String> labels) throws IOException {
    while (true) {
      Optional<Row> there = table.get(scope, TableService.NAMESPACES, namespace);
      if (there.isPresent() && rows.whole(scope, there.get()).isPresent()) {
        throw new AlreadyExistsException("namespace \"" + namespace + "\" is there already");
      }
      try {
        return write(scope, namespace, there.map(Row::revision).orElse(Table.ABSENT), labels);
      } catch (ConflictException e) {
        if (Instant.now().isAfter(scope.deadline())) throw e; // somebody made, mended or removed it meanwhile
      }
    }
  }

  @Override
  public Map<String, String> labels(Scope scope, String namespace) throws IOException {
    return find(scope, namespace).map(Namespace::labels).orElse(Map.of());
  }

  @Override
  public void label(Scope scope, String namespace, Map<String, String> changes) throws IOException {
    Identifiers.checked("namespace", namespace);
    edit(scope, namespace, old -> Labels.merged(old.map(Namespace::labels).orElse(Map.of()), changes));
  }

  @Override
  public Namespace update(Scope scope, String namespace, Map<String, String> labels, List<String> mask) throws IOException {
    return edit(scope, namespace, old -> Labels.merged(Map.of(), Mask.labels(old.orElseThrow(() -> notFound(namespace)).labels(), labels,
        mask, "in namespace \"" + namespace + "\"")));
  }

  /** Reads, edits and writes until nobody came between, at most until the deadline: each time somebody else got on. */
  private Namespace edit(Scope scope, String namespace, Edit edit) throws IOException {
    while (true) {
      Optional<Namespace> old = find(scope, namespace);
      Map<String, String> labels = edit.edit(old);
      try {
        Namespace now = write(scope, namespace, old.map(Namespace::revision).orElse(Table.ABSENT), labels);
        tell(scope, old.isEmpty() ? "/namespaces/create" : "/namespaces/update", now);
        return now;
      } catch (ConflictException e) {
        if (Instant.now().isAfter(scope.deadline())) throw e;
      }
    }
  }

  private Namespace write(Scope scope, String namespace, long revision, Map<String, String> labels) throws IOException {
    var o = Json.object();
    Json.labels(o, labels);
    long now = table.change(scope, List.of(new Change(TableService.NAMESPACES, namespace, revision, Optional.of(Json.bytes(o)))));
    return new Namespace(namespace, labels, now);
  }

  /** Looks again after its row is gone: what was written before that is there now, and what comes later makes the namespace anew. */
  @Override
  public void remove(Scope scope, String namespace) throws IOException {
    Row old = table.get(scope, TableService.NAMESPACES, namespace).orElseThrow(() -> notFound(namespace)); // it may be damaged
    refuseWithRecords(scope, namespace);
    try {
      table.change(scope, List.of(new Change(TableService.NAMESPACES, namespace, old.revision(), Optional.empty())));
    } catch (ConflictException e) {
      throw new ConflictException("namespace \"" + namespace + "\" was changed or removed meanwhile; look at it again", e);
    }
    try {
      refuseWithRecords(scope, namespace);
    } catch (ConflictException e) {
      restore(scope, old);
      throw e;
    }
    events.publish(scope.withNamespace(namespace), "/namespaces/delete", Map.of("name", namespace));
  }

  /** Byte for byte where it is not there, else its labels, as far as they can be read. */
  private void restore(Scope scope, Row old) throws IOException {
    while (true) {
      Optional<Row> now = table.get(scope, TableService.NAMESPACES, old.id());
      try {
        if (now.isEmpty()) {
          table.change(scope, List.of(new Change(TableService.NAMESPACES, old.id(), Table.ABSENT, Optional.of(old.json()))));
          return;
        }
        Optional<Namespace> before = rows.whole(scope, old);
        Optional<Namespace> made = rows.whole(scope, now.get());
        if (before.isEmpty() || made.isEmpty()) return;
        write(scope, old.id(), now.get().revision(), Labels.merged(before.get().labels(), made.get().labels()));
        return;
      } catch (ConflictException e) {
        continue; // somebody made or labelled it meanwhile
      }
    }
  }

  private void refuseWithRecords(Scope scope, String namespace) throws IOException {
    List<String> tables = table.tables(scope.withNamespace(namespace));
    if (tables.isEmpty()) return;
    throw new ConflictException("namespace \"" + namespace + "\" must be empty, but it still has " + tables.stream().map(t -> THINGS
        .getOrDefault(t, "records of " + t)).distinct().collect(Collectors.joining(", ")));
  }

  private void tell(Scope scope, String topic, Namespace n) {
    events.publish(scope.withNamespace(n.name()), topic, Map.of("name", n.name(), "labels", n.labels()));
  }
}
