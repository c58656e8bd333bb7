package io.gantry.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Usage;
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

  static SnapshotRow decode(Row row) throws IOException {
    JsonNode o;
    try {
      o = JSON.readTree(row.json());
    } catch (IOException e) {
      throw new CorruptException("record snapshot " + row.id(), "JSON", e.getMessage());
    }
    int slash = row.id().indexOf('/');
    var labels = new TreeMap<String, String>();
    o.path("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
    List<SnapId> parents = new ArrayList<>();
    o.path("parents").forEach(p -> parents.add(new SnapId(p.asText())));
    Optional<Usage> usage = o.has("sizeBytes") ? Optional.of(new Usage(o.get("sizeBytes").asLong(), o.path("inodes").asLong()))
        : Optional.empty();
    Optional<String> parent = o.has("parent") ? Optional.of(o.get("parent").asText()) : Optional.empty();
    var info = new SnapshotInfo(row.id().substring(0, slash), row.id().substring(slash + 1), new SnapId(o.path("id").asText()),
        SnapKind.valueOf(o.path("kind").asText()), parent, labels, usage, Instant.parse(o.path("created").asText()),
        Instant.parse(o.path("updated").asText()));
    Optional<Instant> touched = o.has("touched") ? Optional.of(Instant.parse(o.get("touched").asText())) : Optional.empty();
    return new SnapshotRow(info, List.copyOf(parents), o.path("children").asInt(), touched, row.revision());
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
