package io.gantry.content;

import io.gantry.service.content.Contents;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;

/** Opens core content for tests of a pull. */
public final class RealContents {
  private RealContents() {}

  public static Contents over(Drivers drivers, Table table, Leases leases, Events events) {
    return new ContentService(drivers, table, leases, events, "local");
  }
}
