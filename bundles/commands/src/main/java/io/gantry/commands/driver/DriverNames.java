package io.gantry.commands.driver;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import java.util.List;

/** Finds a driver by {@code kind/name}, or by the name alone where that is unique. */
final class DriverNames {
  private DriverNames() {}

  static DriverRef find(Scope scope, Drivers drivers, String text) throws IOException {
    List<DriverRef> known = drivers.list(scope).stream().map(DriverState::ref).distinct().toList();
    List<DriverRef> hits = known.stream().filter(r -> r.toString().equals(text) || r.name().equals(text)).toList();
    if (hits.size() == 1) return hits.getFirst();
    if (hits.isEmpty()) throw new NotFoundException("there is no driver '" + text + "'; known: " + known);
    throw new InvalidException("'" + text + "' means several drivers: " + hits + "; give kind/name");
  }
}
