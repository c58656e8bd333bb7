package io.gantry.service.driver;

/**
 * What a call sees of the driver it borrowed.
 *
 * @param driver the driver's object; not to be kept after the call
 * @param epoch of the activation; defined at {@link io.gantry.api.DriverContext}
 * @param bundle symbolic name of the driver's bundle
 * @param version of the bundle, with the start of its digest where it was deployed: {@code 1.0.0@3b281f2bcae3}
 */
public record Borrowed<D>(D driver, long epoch, String bundle, String version) {}
