package io.gantry.content;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.oci.json.Stored;
import io.gantry.service.content.Info;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A blob in a namespace.
 *
 * @param store name of the driver that has its bytes
 * @param touched when a call without a lease last made it or was told that it is there; holds it for a time against the collection
 */
record BlobRow(Info info, String store, Optional<Instant> touched, long revision) {
  static final String TABLE = "content";
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** @throws CorruptException it is not all that every version has written */
  static BlobRow decode(String namespace, Row row) throws CorruptException {
    Stored o = Stored.parse("the record of blob " + row.id() + " in namespace " + namespace
        + " is damaged; remove it by dist:delete, and pull or import what has it again", row.json());
    Digest digest;
    try {
      digest = Digest.parse(row.id());
    } catch (IllegalArgumentException e) {
      throw o.damaged("a digest as its id", "'" + row.id() + "'");
    }
    var info = new Info(digest, o.number("sizeBytes"), o.value("created", Instant::parse), o.value("updated", Instant::parse),
        o.textMap("labels"));
    return new BlobRow(info, o.name("store"), o.findValue("touched", Instant::parse), row.revision());
  }

  /** Touched a moment ago, so that it need not be written again. */
  boolean isFresh(Instant now) {
    return touched.isPresent() && touched.get().plus(FRESH).isAfter(now);
  }

  Change write() throws IOException {
    ObjectNode o = JSON.createObjectNode().put("sizeBytes", info.size()).put("store", store);
    o.put("created", info.created().toString()).put("updated", info.updated().toString());
    touched.ifPresent(t -> o.put("touched", t.toString()));
    ObjectNode labels = o.putObject("labels");
    new TreeMap<>(info.labels()).forEach(labels::put);
    return new Change(TABLE, info.digest().toString(), revision, Optional.of(JSON.writeValueAsBytes(o)));
  }
}
