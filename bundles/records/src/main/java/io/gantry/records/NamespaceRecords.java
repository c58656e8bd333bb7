package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.ConflictException;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
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
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Namespaces, which are there from their first record on. */
@Component
public final class NamespaceRecords implements Namespaces {
  private static final int PAGE = 500;
  private final Table table;

  @Activate
  public NamespaceRecords(@Reference Table table) {
    this.table = table;
  }

  @Override
  public List<String> list(Scope scope) throws IOException {
    var all = new ArrayList<String>();
    String after = "";
    for (List<Row> page = page(scope, after); !page.isEmpty(); page = page(scope, after)) {
      for (Row r : page) all.add(r.id());
      after = all.getLast();
    }
    return List.copyOf(all);
  }

  private List<Row> page(Scope scope, String after) throws IOException {
    return table.list(scope, TableService.NAMESPACES, after, PAGE);
  }

  @Override
  public Map<String, String> labels(Scope scope, String namespace) throws IOException {
    Optional<Row> row = table.get(scope, TableService.NAMESPACES, namespace);
    return row.isEmpty() ? Map.of() : labels(row.get());
  }

  private static Map<String, String> labels(Row row) throws IOException {
    return Map.copyOf(Json.labels(Json.parse("namespace " + row.id(), row.json())));
  }

  /** Reads, merges and writes until nobody came between, at most until the deadline: each time somebody else got on. */
  @Override
  public void label(Scope scope, String namespace, Map<String, String> changes) throws IOException {
    while (true) {
      Optional<Row> row = table.get(scope, TableService.NAMESPACES, namespace);
      ObjectNode o = Json.object();
      Json.labels(o, Labels.merged(row.isEmpty() ? Map.of() : labels(row.get()), changes));
      try {
        table.change(scope, List.of(new Change(TableService.NAMESPACES, namespace, row.map(Row::revision).orElse(0L),
            Optional.of(Json.bytes(o)))));
        return;
      } catch (ConflictException e) {
        if (Instant.now().isAfter(scope.deadline())) throw e;
      }
    }
  }
}
