package io.gantry.gc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.service.record.Table.Changed;
import io.gantry.service.record.Table.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is told after it was read. */
class GraphTest {
  private static final Place BLOB = new Place("n", World.digest("b").toString());
  private static final Place SNAPSHOT = new Place("n", "native/s");
  private static final String ROOT = "\"containerd.io/gc.root\":\"x\"";
  private static final String TIMES = "\"created\":\"2026-01-01T00:00:00Z\",\"updated\":\"2026-01-01T00:00:00Z\"";
  private static final String PLAIN = blob("");
  private static final String WAITS = blob("\"containerd.io/gc.cond.snapshot.native\":\"usedat<2h|s\"");
  private static final String USED = snapshot(ROOT + ",\"containerd.io/gc.cond.value-usedat\":\"2026-01-01T11:00:00Z\"");
  private final Graph graph = new Graph(new Facts.Reader(Instant.parse("2026-01-01T12:00:00Z"), Duration.ZERO));

  private static String blob(String labels) {
    return "{\"sizeBytes\":1,\"store\":\"local\"," + TIMES + ",\"labels\":{" + labels + "}}";
  }

  private static String snapshot(String labels) {
    return "{\"id\":\"s1\",\"kind\":\"SEALED\",\"parents\":[],\"children\":0," + TIMES + ",\"labels\":{" + labels + "}}";
  }

  private boolean goes() {
    return graph.goes(Thing.content("n", BLOB.id()));
  }

  private void tell(String table, Place place, String json) {
    graph.tell(new Changed(table, place, 1, Optional.of(World.bytes(json))));
  }

  @Test
  void aConditionOfWhatWasUsed() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes(PLAIN));
    graph.add(Thing.Kind.SNAPSHOT, SNAPSHOT, World.bytes(USED));
    assertTrue(goes());
    tell("content", BLOB, WAITS);
    assertFalse(goes());
  }

  @Test
  void aUseThatSomethingWaitedFor() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes(WAITS));
    graph.add(Thing.Kind.SNAPSHOT, SNAPSHOT, World.bytes(snapshot(ROOT)));
    assertTrue(goes());
    tell("snapshot", SNAPSHOT, USED);
    assertFalse(goes());
  }

  @Test
  void theTargetOfAnImageThatIsHeldBeforeItIsKnown() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes(PLAIN));
    graph.hold(Thing.image("n", "i"));
    assertTrue(goes());
    tell("image", new Place("n", "i"),
        "{\"target\":{\"digest\":\"" + BLOB.id() + "\"}," + TIMES + ",\"labels\":{\"containerd.io/gc.expire\":\"2001-01-01T00:00:00Z\"}}");
    assertFalse(goes());
  }
}
