package io.gantry.snapshot;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.oci.json.Stored;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A snapshot as it is kept: what callers see, and the ids of its parents and the number of its children, so that neither needs a walk.
 *
 * @param parents ids, nearest first
 * @param children how many snapshots have it as parent
 * @param touched when a call without a lease last made it or was told that it is there; holds it for a time against the collection
 * @param revision of the row; 0 for a new one
 */
record SnapshotRow(SnapshotInfo info, List<SnapId> parents, int children, Optional<Instant> touched, long revision) {
  static final String TABLE = "snapshot";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Rows of one snapshotter lie side by side; its name has no slash. */
  static String rowId(String snapshotter, String key) {
    return snapshotter + "/" + key;
  }

  /** Of a row. */
  static String key(String rowId) {
    return rowId.substring(rowId.indexOf('/') + 1);
  }

  /** As it is kept, whole or not. @throws NotFoundException there is none */
  static Row stored(Table table, Scope scope, String snapshotter, String key) throws IOException {
    return table.get(scope, TABLE, rowId(snapshotter, key)).orElseThrow(
        () -> new NotFoundException("snapshot '" + key + "' of " + snapshotter + " is not in namespace " + scope.namespace()));
  }

  /** @throws CorruptException it is not all that every version has written, or its parts contradict each other */
  static SnapshotRow decode(String namespace, Row row) throws CorruptException {
    int slash = row.id().indexOf('/');
    String snapshotter = row.id().substring(0, Math.max(slash, 0));
    String key = key(row.id());
    Stored o = Stored.parse("the record of snapshot '" + key + "' of " + snapshotter + " in namespace " + namespace
        + " is damaged; remove it by snapshot:remove, and make it again", row.json());
    if (slash < 1) throw o.damaged("SNAPSHOTTER/KEY as its id", "'" + row.id() + "'");
    Optional<String> parent = o.findName("parent");
    List<SnapId> parents = parents(o);
    if (parent.isEmpty() != parents.isEmpty()) {
      throw o.damaged("the key of the nearest of " + parents.size() + " parents", "'" + parent.orElse("") + "'");
    }
    Optional<Usage> usage = o.has("sizeBytes") || o.has("inodes") ? Optional.of(new Usage(o.number("sizeBytes"), o.number("inodes")))
        : Optional.empty();
    var info = new SnapshotInfo(snapshotter, key, o.value("id", SnapId::new), o.value("kind", SnapKind::valueOf), parent,
        o.textMap("labels"), usage, o.value("created", Instant::parse), o.value("updated", Instant::parse));
    int children = (int) Math.min(o.number("children"), Integer.MAX_VALUE);
    return new SnapshotRow(info, parents, children, o.findValue("touched", Instant::parse), row.revision());
  }

  private static List<SnapId> parents(Stored o) throws CorruptException {
    var parents = new ArrayList<SnapId>();
    for (String id : o.texts("parents")) {
      try {
        parents.add(new SnapId(id));
      } catch (IllegalArgumentException e) {
        throw o.damaged("ids of snapshots as 'parents'", "'" + id + "'");
      }
    }
    return List.copyOf(parents);
  }

  private byte[] json() throws IOException {
    ObjectNode o = JSON.createObjectNode().put("id", info.id().value()).put("kind", info.kind().name());
    info.parent().ifPresent(p -> o.put("parent", p));
    var ids = o.putArray("parents");
    parents.forEach(p -> ids.add(p.value()));
    o.put("children", children);
    info.usage().ifPresent(u -> o.put("sizeBytes", u.sizeBytes()).put("inodes", u.inodes()));
    o.put("created", info.created().toString()).put("updated", info.updated().toString());
    touched.ifPresent(t -> o.put("touched", t.toString()));
    ObjectNode labels = o.putObject("labels");
    new TreeMap<>(info.labels()).forEach(labels::put);
    return JSON.writeValueAsBytes(o);
  }

  /** The row as it stands, if nobody changed it meanwhile. */
  Change write() throws IOException {
    return new Change(TABLE, rowId(info.snapshotter(), info.key()), revision, Optional.of(json()));
  }

  Change erase() {
    return new Change(TABLE, rowId(info.snapshotter(), info.key()), revision, Optional.empty());
  }

  SnapshotRow with(SnapshotInfo other) {
    return new SnapshotRow(other, parents, children, touched, revision);
  }

  SnapshotRow children(int delta) {
    return new SnapshotRow(info, parents, children + delta, touched, revision);
  }

  SnapshotRow touched(Instant now) {
    return new SnapshotRow(info, parents, children, Optional.of(now), revision);
  }

  /** Its own id and those of its parents: the parents of a child. */
  List<SnapId> chain() {
    var chain = new ArrayList<SnapId>(parents.size() + 1);
    chain.add(info.id());
    chain.addAll(parents);
    return List.copyOf(chain);
  }
}
