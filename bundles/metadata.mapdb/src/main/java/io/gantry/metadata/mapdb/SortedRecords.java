package io.gantry.metadata.mapdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Entries in a sorted map on the heap: there at once after a start, and enough for a small store. */
final class SortedRecords implements Records {
  private final TreeMap<byte[], Entry> records = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public Optional<Entry> get(byte[] key) {
    return Optional.ofNullable(records.get(key));
  }

  @Override
  public List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max) {
    var page = new ArrayList<Entry>();
    NavigableMap<byte[], Entry> tail = records.tailMap(from, inclusive);
    for (var it = tail.values().iterator(); page.size() < max && it.hasNext(); ) {
      Entry e = it.next();
      if (to.length > 0 && Arrays.compareUnsigned(e.key(), to) >= 0) break;
      page.add(e);
    }
    return page;
  }

  @Override
  public void set(Entry e) {
    if (e.removed()) records.remove(e.key());
    else records.put(e.key(), e);
  }

  @Override
  public long size() {
    return records.size();
  }

  @Override
  public void close() {
    records.clear();
  }
}
