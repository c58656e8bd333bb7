package io.gantry.metadata.mapdb;

import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.Rec;
import java.nio.charset.StandardCharsets;

/**
 * A record as files and index hold it. The key is {@code table NUL namespace NUL id} in UTF-8: as no part has a NUL, comparing bytes
 * unsigned is comparing part by part.
 *
 * @param revision the sequence that wrote it; 0 where it was removed
 */
record Entry(byte[] key, long revision, byte[] value) {
  static byte[] key(Key k) {
    return (k.table() + "\0" + k.namespace() + "\0" + k.id()).getBytes(StandardCharsets.UTF_8);
  }

  Rec rec() {
    String[] parts = new String(key, StandardCharsets.UTF_8).split("\0", 3);
    return new Rec(new Key(parts[0], parts[1], parts[2]), revision, value);
  }

  boolean removed() {
    return revision == 0;
  }
}
