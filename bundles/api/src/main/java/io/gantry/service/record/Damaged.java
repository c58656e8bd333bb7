package io.gantry.service.record;

import io.gantry.api.CorruptException;

/**
 * A record that is there and cannot be read, as after a fault of the disk.
 *
 * @param why says what is wrong with it, and how to be rid of it
 */
public record Damaged(String id, CorruptException why) {}
