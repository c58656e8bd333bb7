package io.gantry.spi.layer;

/**
 * What an applier did.
 *
 * @param entries entries and whiteouts seen
 */
public record Applied(long entries) {}
