package io.gantry.metadata.mapdb;

import java.util.List;
import java.util.Optional;

/** Where entries are kept in order of key. Guarded by {@link Index}: one writer, or many readers. */
interface Records {
  Optional<Entry> get(byte[] key);

  /** Up to {@code max} entries from {@code from} on, before {@code to} where that is not empty. */
  List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max);

  /** Puts the entry, or removes its key where it says so. */
  void set(Entry e);

  long size();

  void close();
}
