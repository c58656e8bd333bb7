package io.gantry.service.driver;

import java.io.IOException;

/** Work with a borrowed driver. What it answers MUST be data or core's own objects, never something of the driver. */
@FunctionalInterface
public interface DriverCall<D, R> {
  R with(D driver) throws IOException;
}
