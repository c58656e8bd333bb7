package io.gantry.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Leases; what one holds is a row of its own ({@code lease|kind/id}), so that holding does not rewrite the lease. */
@Component
public final class LeaseRecords implements Leases {
  private static final String HELD = "held";
  private static final char BETWEEN = '|';
  private static final int PAGE = 500;
  private final Table table;
  private final Rows<Lease> rows;

  @Activate
  public LeaseRecords(@Reference Table table) {
    this.table = table;
    this.rows = new Rows<>(table, "lease", LeaseRecords::decode);
  }

  @Override
  public Lease create(Scope scope, String id, Map<String, String> labels) throws IOException {
    String name = id.isEmpty() ? UUID.randomUUID().toString() : id;
    if (name.indexOf(BETWEEN) >= 0) throw new io.gantry.api.InvalidException("lease id '" + name + "' has a '" + BETWEEN + "'");
    ObjectNode o = Json.object();
    Json.labels(o, Labels.checked(labels));
    Json.time(o, "created", Instant.now());
    return rows.create(scope, name, o);
  }

  @Override
  public List<Lease> list(Scope scope) throws IOException {
    var all = new ArrayList<Lease>();
    for (List<Lease> page = rows.list(scope, "", PAGE); !page.isEmpty(); page = rows.list(scope, page.getLast().id(), PAGE)) {
      all.addAll(page);
    }
    return List.copyOf(all);
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    rows.get(scope, id);
    var changes = new ArrayList<Change>();
    for (String held : held(scope, id)) changes.add(new Change(HELD, id + BETWEEN + held, -1, Optional.empty()));
    changes.add(new Change("lease", id, -1, Optional.empty()));
    table.change(scope, changes);
  }

  @Override
  public void hold(Scope scope, String kind, String id) throws IOException {
    if (scope.lease().isEmpty()) return;
    String lease = scope.lease().get();
    rows.get(scope, lease);
    table.change(scope, List.of(new Change(HELD, lease + BETWEEN + kind + "/" + id, -1, Optional.of(Json.bytes(Json.object())))));
  }

  @Override
  public List<String> held(Scope scope, String lease) throws IOException {
    String prefix = lease + BETWEEN;
    var all = new ArrayList<String>();
    String after = prefix;
    while (true) {
      List<Row> page = table.list(scope, HELD, after, PAGE);
      for (Row r : page) {
        if (!r.id().startsWith(prefix)) return List.copyOf(all);
        all.add(r.id().substring(prefix.length()));
      }
      if (page.size() < PAGE) return List.copyOf(all);
      after = page.getLast().id();
    }
  }

  private static Lease decode(String id, long revision, JsonNode o) {
    return new Lease(id, Json.labels(o), Json.time(o, "created"), revision);
  }
}
