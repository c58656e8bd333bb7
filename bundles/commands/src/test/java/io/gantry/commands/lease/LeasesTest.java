package io.gantry.commands.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.commands.Lasting;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeasesTest extends EngineTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private Lease lease(String namespace, String id) throws Exception {
    return engine.service(Leases.class).get(Scope.root().withNamespace(namespace), id);
  }

  @Test
  void oneEndsInADayUnlessAnotherTimeIsGiven() throws Exception {
    Instant before = Instant.now().minusSeconds(1);
    String id = ok(new LeaseCreate(), "team=blue").getFirst();
    assertEquals("blue", lease("default", id).labels().get("team"));
    Duration day = Duration.between(before, lease("default", id).expires().orElseThrow());
    assertTrue(day.compareTo(Duration.ofHours(24)) >= 0 && day.compareTo(Duration.ofMinutes(24 * 60 + 2)) < 0, day::toString);
    assertEquals(List.of("l"), ok(new LeaseCreate(), "-n", "shop", "--id", "l", "--expires", "never"));
    assertTrue(lease("shop", "l").expires().isEmpty());
    assertEquals(List.of("l"), ok(new LeaseList(), "-n", "shop", "-q"));
    assertTrue(ok(new LeaseList(), "-n", "shop").getLast().matches("l +[0-9T:.-]+Z +never +-"), () -> "a lease that never ends");
    assertTrue(String.join("", ok(new LeaseList(), "--format", "json")).contains("\"expires\" : \"" + lease("default", id).expires()
        .orElseThrow()));
    assertTrue(say(new LeaseCreate(), "--expires", "soon").err().contains("--expires: 'soon' is no time that lasts"));
  }

  @Test
  void aDamagedOneIsToldBehindTheOthersAndRemoved() throws Exception {
    ok(new LeaseCreate(), "--id", "l");
    ok(new LeaseCreate(), "--id", "m");
    engine.service(Table.class).change(Scope.root(), List.of(new Table.Change("lease", "m", -1, Optional.of("{}".getBytes()))));
    var said = say(new LeaseList(), "-q");
    assertEquals(1, said.code());
    assertEquals(List.of("l"), said.lines());
    assertTrue(said.err().startsWith("the record of lease 'm' in namespace default is damaged; remove it by lease:remove"), said.err());
    assertEquals(List.of("m"), ok(new LeaseRemove(), "m"));
    assertEquals(List.of("l"), ok(new LeaseList(), "-q"));
  }

  @Test
  void itHoldsThingsUntilItIsRemoved() throws Exception {
    ok(new LeaseCreate(), "--id", "l");
    assertEquals(List.of("content/" + DIGEST, "snapshots/overlayfs/work/1", "images/docker.io/library/redis:1", "ingests/layer-1"),
        ok(new LeaseAdd(), "l", DIGEST, "snapshots/overlayfs/work/1", "images/docker.io/library/redis:1", "ingests/layer-1"));
    assertEquals(List.of("content/" + DIGEST, "images/docker.io/library/redis:1", "ingests/layer-1", "snapshots/overlayfs/work/1"),
        ok(new LeaseResources(), "l", "-q"));
    assertTrue(ok(new LeaseResources(), "l").contains("snapshots/overlayfs  work/1"));
    ok(new LeaseAdd(), "--release", "l", "content/" + DIGEST, "ingests/layer-1", "snapshots/overlayfs/work/1");
    assertEquals("[ {  \"kind\" : \"images\",  \"id\" : \"docker.io/library/redis:1\"} ]", String.join("", ok(new LeaseResources(), "l",
        "--format", "json")));
    for (String wrong : List.of("nonsense", "snapshots/overlayfs", "content/")) {
      assertTrue(say(new LeaseAdd(), "l", wrong).err().contains("'" + wrong + "' is no resource"), wrong);
    }
    assertEquals(1, say(new LeaseAdd(), "l", "content/none").code());
    assertEquals(List.of("l"), ok(new LeaseRemove(), "l"));
    assertEquals(1, say(new LeaseResources(), "l").code());
  }

  @Test
  void timesAreReadAsTheyAreTyped() {
    assertEquals(Duration.ofMinutes(90), Lasting.parse("1h30m"));
    assertEquals(Duration.ofDays(7).plusSeconds(5), Lasting.parse("7d5s"));
    for (String wrong : List.of("", "0s", "24", "h", "-1h", "1h 2m", "1y")) {
      assertThrows(IllegalArgumentException.class, () -> Lasting.parse(wrong), wrong);
    }
  }
}
