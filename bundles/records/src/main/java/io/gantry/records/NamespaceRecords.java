package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Namespaces, which are there from their first record on. */
@Component
public final class NamespaceRecords implements Namespaces {
  private final Table table;

  @Activate
  public NamespaceRecords(@Reference Table table) {
    this.table = table;
  }

  @Override
  public List<String> list(Scope scope) throws IOException {
    return table.list(scope, TableService.NAMESPACES, "", 10_000).stream().map(Row::id).toList();
  }

  @Override
  public Map<String, String> labels(Scope scope, String namespace) throws IOException {
    Optional<Row> row = table.get(scope, TableService.NAMESPACES, namespace);
    return row.isEmpty() ? Map.of() : Map.copyOf(Json.labels(Json.parse("namespace " + namespace, row.get().json())));
  }

  @Override
  public void label(Scope scope, String namespace, Map<String, String> changes) throws IOException {
    long revision = table.get(scope, TableService.NAMESPACES, namespace).map(Row::revision).orElse(0L);
    ObjectNode o = Json.object();
    Json.labels(o, Labels.merged(labels(scope, namespace), changes));
    table.change(scope, List.of(new Change(TableService.NAMESPACES, namespace, revision, Optional.of(Json.bytes(o)))));
  }
}
