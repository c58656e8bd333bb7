package io.gantry.unpack;

/**
 * What one layer may be at most.
 *
 * @param ratioFromBytes the ratio counts from so many uncompressed bytes on
 */
record Limits(long maxEntries, long maxBytes, long maxRatio, long ratioFromBytes, int maxHeaderBytes) {}
