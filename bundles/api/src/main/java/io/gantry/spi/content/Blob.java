package io.gantry.spi.content;

import io.gantry.api.Digest;
import java.time.Instant;

/**
 * A finished blob as a store knows it.
 *
 * @param size bytes as stored
 * @param created when it was committed
 */
public record Blob(Digest digest, long size, Instant created) {}
