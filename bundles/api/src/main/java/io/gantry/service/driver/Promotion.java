package io.gantry.service.driver;

import java.time.Duration;

/**
 * What a replacement did.
 *
 * @param ref which driver
 * @param from version before
 * @param to version now
 * @param gap how long new borrows waited
 * @param cut yielding borrows that were cut
 * @param forced calls that did not drain in time and were given up
 */
public record Promotion(DriverRef ref, String from, String to, Duration gap, int cut, int forced) {}
