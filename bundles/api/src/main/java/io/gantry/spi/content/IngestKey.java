package io.gantry.spi.content;

/**
 * The right to write to one ingest, given by {@link Ingester#begin}. Plain data: another version of the driver takes it too.
 *
 * @param ref the ref of the ingest
 * @param epoch the epoch that took it; defined at {@link io.gantry.api.DriverContext}
 * @param token told apart by the driver from every other begin of that ref
 */
public record IngestKey(String ref, long epoch, String token) {}
