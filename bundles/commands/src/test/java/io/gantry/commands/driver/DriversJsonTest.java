package io.gantry.commands.driver;

import io.gantry.commands.Golden;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DriversJsonTest {
  @Test
  void list() throws Exception {
    List<DriverState> all = List.of(new DriverState(new DriverRef("snapshot", "overlayfs"), "io.gantry.snapshot.overlay", 31, "0.1.0",
        Optional.of("sha256:" + "5".repeat(64)), DriverState.State.ACTIVE, 12, 3, 1, Golden.CREATED, ""), new DriverState(new DriverRef(
        "snapshot", "zfs"), "", 0, "", Optional.empty(), DriverState.State.ABSENT, 0, 0, 0, Golden.UPDATED,
        "driver absent since 2026-02-03T04:05:06Z"));
    var verb = new DriverList();
    verb.drivers = Golden.service(Drivers.class, (method, args) -> method.equals("list") ? all : List.of());
    Golden.same("drivers.json", verb, verb::run);
  }
}
