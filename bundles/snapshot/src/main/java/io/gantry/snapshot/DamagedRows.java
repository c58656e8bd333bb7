package io.gantry.snapshot;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The way out of a row that cannot be read. Its tree is not known, and goes with a collection; nor is its parent, so children are counted
 * anew.
 */
final class DamagedRows {
  private static final int TRIES = 20;
  private static final int PAGE = 500;
  private final Table table;

  DamagedRows(Table table) {
    this.table = table;
  }

  /**
   * Takes a row away, if it is damaged. As long as others of its snapshotter are damaged too, the children are not counted, for they may be
   * some: a parent is rather kept for too long.
   *
   * @return false where it is whole
   * @throws ConflictException it has children
   * @throws io.gantry.api.NotFoundException it is not there, or not any more
   */
  boolean erase(Scope scope, String snapshotter, String key) throws IOException {
    for (int tries = 1; ; tries++) {
      Row row = SnapshotRow.stored(table, scope, snapshotter, key);
      if (whole(scope, row).isPresent()) return false;
      var rows = new ArrayList<>(steady(scope, snapshotter));
      rows.removeIf(r -> r.id().equals(row.id()));
      var all = new ArrayList<SnapshotRow>();
      for (Row r : rows) whole(scope, r).ifPresent(all::add);
      Map<String, Integer> children = new HashMap<>();
      for (SnapshotRow r : all) r.info().parent().ifPresent(p -> children.merge(p, 1, Integer::sum));
      if (children.containsKey(key)) {
        throw new ConflictException("snapshot " + snapshotter + " '" + key + "' is damaged and has " + children.get(key)
            + " children; remove those first");
      }
      var changes = new ArrayList<Change>();
      changes.add(new Change(SnapshotRow.TABLE, row.id(), row.revision(), Optional.empty()));
      for (SnapshotRow r : all.size() == rows.size() ? all : List.<SnapshotRow>of()) {
        int delta = children.getOrDefault(r.info().key(), 0) - r.children();
        if (delta != 0) changes.add(r.children(delta).write());
      }
      try {
        table.change(scope, changes);
        return true;
      } catch (ConflictException e) {
        if (tries == TRIES) throw e; // a child of somebody came or went, or it was written anew
      }
    }
  }

  private static Optional<SnapshotRow> whole(Scope scope, Row row) {
    try {
      return Optional.of(SnapshotRow.decode(scope.namespace(), row));
    } catch (CorruptException e) {
      return Optional.empty();
    }
  }

  /** All rows as they were at one moment: two looks that see the same. Whoever changes a child changes its parent's row with it. */
  private List<Row> steady(Scope scope, String snapshotter) throws IOException {
    List<Row> before = rows(scope, snapshotter);
    for (int tries = 1; ; tries++) {
      List<Row> now = rows(scope, snapshotter);
      if (revisions(before).equals(revisions(now))) return now;
      if (tries == TRIES) throw new ConflictException("snapshots of " + snapshotter + " are changed all the time; try again");
      before = now;
    }
  }

  private static Map<String, Long> revisions(List<Row> rows) {
    Map<String, Long> all = new HashMap<>();
    for (Row r : rows) all.put(r.id(), r.revision());
    return all;
  }

  private List<Row> rows(Scope scope, String snapshotter) throws IOException {
    var all = new ArrayList<Row>();
    String after = SnapshotRow.rowId(snapshotter, "");
    while (true) {
      List<Row> page = table.list(scope, SnapshotRow.TABLE, after, PAGE);
      for (Row r : page) {
        if (!r.id().startsWith(snapshotter + "/")) return all;
        all.add(r);
      }
      if (page.size() < PAGE) return all;
      after = page.getLast().id();
    }
  }
}
