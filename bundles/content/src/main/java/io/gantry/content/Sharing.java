package io.gantry.content;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Placed;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Whose bytes a namespace may have where each is to bring its own. */
final class Sharing {
  /** The label of a namespace that shares what it has. */
  static final String SHAREABLE = "containerd.io/namespace.shareable";

  private static final String NAMESPACES = "namespace";
  private final Table table;

  Sharing(Table table) {
    this.table = table;
  }

  /** Whether it has the blob, or one that shares it has. */
  boolean lets(Scope scope, Digest digest) throws IOException {
    for (Placed p : table.everywhere(scope, BlobRow.TABLE, List.of(digest.toString()))) {
      String namespace = p.place().namespace();
      if (namespace.equals(scope.namespace()) || isSharing(scope, namespace)) return true;
    }
    return false;
  }

  private boolean isSharing(Scope scope, String namespace) throws IOException {
    Optional<Row> row = table.get(scope, NAMESPACES, namespace);
    if (row.isEmpty()) return false;
    try {
      Stored record = Stored.parse("the record of namespace '" + namespace + "' is damaged", row.get().json());
      return record.has("labels") && "true".equals(record.textMap("labels").get(SHAREABLE));
    } catch (CorruptException e) {
      return false; // a damaged one says nothing, and what is not said is not shared
    }
  }
}
