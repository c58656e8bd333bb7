package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.service.gc.LeaseCollection;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Holding;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Condition;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Leases; what one holds is a row of its own ({@code lease|kind/id}), so that holding does not rewrite the lease.
 *
 * <p>A lease goes in two steps: its row is marked, which ends it for everybody, and then what it holds is removed in pages, the row with
 * the last of them. Each hold requires the row unmarked in its own batch, so none is left behind. Who dies between, is interrupted or has
 * no more time leaves a marked row, which the next collection clears away, or who makes or removes a lease of that id before.
 */
@Component
public final class LeaseRecords implements Leases, Holding, LeaseCollection {
  private static final String LEASE = "lease";
  private static final String GOING = "going";
  private static final Table.Part NOTHING = new Table.Part(List.of(), List.of());
  private static final char BETWEEN = '|';
  private static final int PAGE = 500;
  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");
  private static final Pattern SNAPSHOTS = Pattern.compile("snapshots/[^/]+");
  private static final String REMEDY = "remove it by lease:remove, which lets go of what it holds";
  private final Table table;
  /** Empty for one that is going. */
  private final Rows<Optional<Lease>> rows;

  @Activate
  public LeaseRecords(@Reference Table table) {
    this.table = table;
    this.rows = new Rows<>(table, LEASE, REMEDY, LeaseRecords::decode);
  }

  @Override
  public Lease create(Scope scope, String id, Map<String, String> labels) throws IOException {
    String name = id.isEmpty() ? UUID.randomUUID().toString() : id;
    if (name.indexOf(BETWEEN) >= 0) throw new InvalidException("lease id '" + name + "' has a '" + BETWEEN + "'");
    ObjectNode o = Json.object();
    Json.labels(o, Labels.merged(Map.of(), withTime(labels)));
    Json.time(o, "created", Instant.now());
    Optional<Row> row = table.get(scope, LEASE, name);
    if (row.isPresent() && isGoing(scope, row.get())) clear(scope, row.get());
    try {
      long revision = table.change(scope, List.of(new Change(LEASE, name, Table.ABSENT, Optional.of(Json.bytes(o)))));
      return rows.decode(scope, new Row(name, revision, Json.bytes(o))).orElseThrow();
    } catch (ConflictException e) {
      throw new AlreadyExistsException("lease '" + name + "' is there already in namespace " + scope.namespace(), e);
    }
  }

  private static Map<String, String> withTime(Map<String, String> labels) throws InvalidException {
    String end = labels.getOrDefault(Lease.EXPIRE, "");
    if (end.isEmpty()) return labels;
    try {
      if (!TIME.matcher(end).matches()) throw new InvalidException(wrongTime(end));
      OffsetDateTime.parse(end);
      return labels;
    } catch (DateTimeParseException e) {
      throw new InvalidException(wrongTime(end), e);
    }
  }

  private static String wrongTime(String end) {
    return "label " + Lease.EXPIRE + " is '" + end + "', expected a time of RFC 3339 such as 2030-01-31T12:00:00Z";
  }

  @Override
  public Lease get(Scope scope, String id) throws IOException {
    return rows.find(scope, id).flatMap(l -> l).orElseThrow(() -> notFound(scope, id));
  }

  /** The row of a lease that is not going. */
  private Row row(Scope scope, String id) throws IOException {
    Optional<Row> row = table.get(scope, LEASE, id);
    if (row.isEmpty() || isGoing(scope, row.get())) throw notFound(scope, id);
    return row.get();
  }

  private static NotFoundException notFound(Scope scope, String id) {
    return new NotFoundException("lease '" + id + "' is not in namespace " + scope.namespace());
  }

  @Override
  public List<Lease> list(Scope scope) throws IOException {
    return rows.all(scope).stream().flatMap(Optional::stream).toList();
  }

  @Override
  public List<Damaged> damaged(Scope scope) throws IOException {
    return rows.damaged(scope);
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    Row row = table.get(scope, LEASE, id).orElseThrow(() -> notFound(scope, id));
    clear(scope, isMarked(scope, row) ? row : mark(scope, row)); // a marked one is being removed by another, who may have died at that
  }

  /** Of one that is damaged nobody knows, so it is not. */
  private boolean isMarked(Scope scope, Row row) throws IOException {
    return rows.whole(scope, row).filter(Optional::isEmpty).isPresent();
  }

  /** Beside somebody who is still at it, one of the two finds that the other has done it. */
  @Override
  public void sweep(Scope scope) throws IOException {
    String after = "";
    for (List<Row> page = table.list(scope, LEASE, after, PAGE); !page.isEmpty(); page = table.list(scope, LEASE, after, PAGE)) {
      for (Row r : page) if (isMarked(scope, r)) clear(scope, r);
      after = page.getLast().id();
    }
  }

  /** From here on it is there for nobody. */
  Row mark(Scope scope, Row row) throws IOException {
    try {
      return mark(scope, row.id(), row.revision());
    } catch (ConflictException e) {
      throw new NotFoundException("lease '" + row.id() + "' was removed meanwhile from namespace " + scope.namespace(), e);
    }
  }

  /** @throws ConflictException it is not there any more as it was seen */
  private Row mark(Scope scope, String id, long revision) throws IOException {
    byte[] going = Json.bytes(Json.object().put(GOING, true));
    return new Row(id, table.change(scope, List.of(new Change(LEASE, id, revision, Optional.of(going)))), going);
  }

  @Override
  public boolean collect(Scope scope, Lease lease) throws IOException {
    Row going;
    try {
      going = mark(scope, lease.id(), lease.revision());
    } catch (ConflictException e) {
      return false; // its owner was first
    }
    clear(scope, going);
    return true;
  }

  private void clear(Scope scope, Row going) throws IOException {
    while (true) {
      List<Row> page = page(scope, going.id(), going.id() + BETWEEN);
      var changes = new ArrayList<Change>();
      for (Row r : page) changes.add(new Change(HELD, r.id(), -1, Optional.empty()));
      boolean last = page.size() < PAGE;
      if (last) changes.add(new Change(LEASE, going.id(), -1, Optional.empty()));
      try {
        table.change(scope, List.of(new Condition(LEASE, going.id(), going.revision())), changes);
      } catch (ConflictException e) {
        return; // another one has cleared it, and perhaps made one of that id
      }
      if (last) return;
    }
  }

  /** Some of what a lease holds. */
  private List<Row> page(Scope scope, String lease, String after) throws IOException {
    String prefix = lease + BETWEEN;
    return table.list(scope, HELD, after, PAGE).stream().filter(r -> r.id().startsWith(prefix)).toList();
  }

  @Override
  public void hold(Scope scope, String kind, String id) throws IOException {
    if (scope.lease().isPresent()) add(scope, scope.lease().get(), new Resource(kind, id));
  }

  @Override
  public void add(Scope scope, String lease, Resource resource) throws IOException {
    change(scope, lease, List.of(resource), List.of());
  }

  @Override
  public void release(Scope scope, String lease, Resource resource) throws IOException {
    change(scope, lease, List.of(), List.of(resource));
  }

  private void change(Scope scope, String lease, List<Resource> held, List<Resource> released) throws IOException {
    Table.Part part = part(scope, lease, held, released);
    try {
      table.change(scope, part.conditions(), part.changes());
    } catch (ConflictException e) {
      throw new NotFoundException("lease '" + lease + "' was removed meanwhile from namespace " + scope.namespace(), e);
    }
  }

  @Override
  public Table.Part part(Scope scope, List<Resource> held, List<Resource> released) throws IOException {
    return scope.lease().isEmpty() ? NOTHING : part(scope, scope.lease().get(), held, released);
  }

  private Table.Part part(Scope scope, String lease, List<Resource> held, List<Resource> released) throws IOException {
    var changes = new ArrayList<Change>();
    for (Resource r : held) changes.add(change(lease, r, Optional.of(Json.bytes(Json.object()))));
    for (Resource r : released) changes.add(change(lease, r, Optional.empty()));
    return new Table.Part(List.of(new Condition(LEASE, lease, row(scope, lease).revision())), List.copyOf(changes));
  }

  private static Change change(String lease, Resource resource, Optional<byte[]> json) throws InvalidException {
    check(resource);
    return new Change(HELD, lease + BETWEEN + resource, -1, json);
  }

  private static void check(Resource r) throws InvalidException {
    if (r.id().isEmpty()) throw new InvalidException("a resource of type " + r.kind() + " has an empty id");
    switch (r.kind()) {
      case "content" -> {
        try {
          Digest.parse(r.id());
        } catch (IllegalArgumentException e) {
          throw new InvalidException("invalid content resource id " + r.id() + ": " + e.getMessage(), e);
        }
      }
      case "ingests", "images" -> {}
      default -> {
        if (!SNAPSHOTS.matcher(r.kind()).matches()) {
          throw new InvalidException("resource type " + r.kind() + " not supported; expected content, ingests, images or snapshots/NAME");
        }
      }
    }
  }

  @Override
  public List<Resource> resources(Scope scope, String lease) throws IOException {
    row(scope, lease);
    return held(scope, lease).stream().map(Resource::parse).toList();
  }

  @Override
  public List<String> held(Scope scope, String lease) throws IOException {
    Optional<Row> row = table.get(scope, LEASE, lease);
    if (row.isEmpty() || isGoing(scope, row.get())) return List.of();
    int prefix = lease.length() + 1;
    var all = new ArrayList<String>();
    String after = lease + BETWEEN;
    while (true) {
      List<Row> page = page(scope, lease, after);
      for (Row r : page) all.add(r.id().substring(prefix));
      if (page.size() < PAGE) return List.copyOf(all);
      after = page.getLast().id();
    }
  }

  private boolean isGoing(Scope scope, Row row) throws IOException {
    return rows.decode(scope, row).isEmpty();
  }

  private static Optional<Lease> decode(String id, long revision, Stored o) throws IOException {
    if (o.has(GOING)) return Optional.empty();
    var lease = new Lease(id, o.textMap("labels"), Json.time(o, "created"), revision);
    lease.expires(); // a time that cannot be read is damage
    return Optional.of(lease);
  }
}
