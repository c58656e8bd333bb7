package io.gantry.commands.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.commands.Console;
import io.gantry.commands.Golden;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;

class DriverListTest {
  private static final String OF_DRIVER = "snapshot.zfs~zfs.cfg:1: size = 'x' is not a whole number; the last good values are used";
  private static final String OF_NOBODY = "swap.cfg:2: drain.timeout = 'abc' is not a time; the last good values are used";

  private final DriverList verb = new DriverList();

  private List<String> lines(String... words) throws Exception {
    var session = Golden.service(CommandSession.class, (method, args) -> null);
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    assertEquals(0, verb.run(verb.syntax().parse(Arrays.asList(words)), new Console(session, InputStream.nullInputStream(), out, out)));
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** For people; programs ask for JSON, whose shape stays. */
  @Test
  void problemsThatNoDriverShowsAreBelowTheTable() throws Exception {
    var row = new DriverState(new DriverRef("snapshot", "zfs"), "test.zfs", 0, "1.0.0", Optional.empty(), DriverState.State.ACTIVE, 1, 0, 0,
        Golden.CREATED, OF_DRIVER);
    verb.drivers = Golden.service(Drivers.class, (method, args) -> List.of(row));
    int head = lines().size();
    assertEquals(2, head, "without the service");
    verb.deployments = Golden.service(Deployments.class, (method, args) -> List.of(OF_DRIVER, OF_NOBODY, "x\u001b[2J.cfg is wrong"));
    List<String> lines = lines();
    assertEquals(List.of(OF_NOBODY, "x?[2J.cfg is wrong"), lines.subList(head, lines.size()));
    assertEquals(List.of("snapshot/zfs"), lines("-q"));
    assertEquals("} ]", lines("--format", "json").getLast());
  }
}
