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
  private static final Place BLOB = new Place("n", "sha256:b");
  private static final Place SNAPSHOT = new Place("n", "native/s");
  private static final String WAITS = "{\"labels\":{\"containerd.io/gc.cond.snapshot.native\":\"usedat<2h|s\"}}";
  private static final String ROOT = "\"containerd.io/gc.root\":\"x\"";
  private static final String USED = "{\"labels\":{" + ROOT + ",\"containerd.io/gc.cond.value-usedat\":\"2026-01-01T11:00:00Z\"}}";
  private final Graph graph = new Graph(new Facts.Reader(Instant.parse("2026-01-01T12:00:00Z"), Duration.ZERO));

  private boolean goes() {
    return graph.goes(Thing.content("n", BLOB.id()));
  }

  private void tell(String table, Place place, String json) {
    graph.tell(new Changed(table, place, 1, Optional.of(World.bytes(json))));
  }

  @Test
  void aConditionOfWhatWasUsed() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes("{}"));
    graph.add(Thing.Kind.SNAPSHOT, SNAPSHOT, World.bytes(USED));
    assertTrue(goes());
    tell("content", BLOB, WAITS);
    assertFalse(goes());
  }

  @Test
  void aUseThatSomethingWaitedFor() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes(WAITS));
    graph.add(Thing.Kind.SNAPSHOT, SNAPSHOT, World.bytes("{\"labels\":{" + ROOT + "}}"));
    assertTrue(goes());
    tell("snapshot", SNAPSHOT, USED);
    assertFalse(goes());
  }

  @Test
  void theTargetOfAnImageThatIsHeldBeforeItIsKnown() throws Exception {
    graph.add(Thing.Kind.CONTENT, BLOB, World.bytes("{}"));
    graph.hold(Thing.image("n", "i"));
    assertTrue(goes());
    tell("image", new Place("n", "i"),
        "{\"target\":{\"digest\":\"sha256:b\"},\"labels\":{\"containerd.io/gc.expire\":\"2001-01-01T00:00:00Z\"}}");
    assertFalse(goes());
  }
}
