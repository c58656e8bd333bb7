package io.gantry.metadata.mapdb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;

/**
 * Entries in a MapDB tree outside the heap, from key to revision and value. Without MapDB's transactions, which do not survive a kill, and
 * without a file, which would need room on a full disk and a check after each crash: what it holds can be had again from the journal.
 */
final class MapDbRecords implements Records {
  private static final int REVISION = 8;
  private final DB db = DBMaker.memoryDirectDB().make();
  private final BTreeMap<byte[], byte[]> tree =
      db.treeMap("records", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY).counterEnable().valuesOutsideNodesEnable().create();

  @Override
  public Optional<Entry> get(byte[] key) {
    byte[] stored = tree.get(key);
    return stored == null ? Optional.empty() : Optional.of(entry(key, stored));
  }

  @Override
  public List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max) {
    var page = new ArrayList<Entry>();
    for (var it = tree.entryIterator(from, inclusive, null, false); page.size() < max && it.hasNext(); ) {
      var e = it.next();
      if (to.length > 0 && Arrays.compareUnsigned(e.getKey(), to) >= 0) break;
      page.add(entry(e.getKey(), e.getValue()));
    }
    return page;
  }

  @Override
  public void set(Entry e) {
    if (e.removed()) tree.remove(e.key());
    else tree.put(e.key(), ByteBuffer.allocate(REVISION + e.value().length).putLong(e.revision()).put(e.value()).array());
  }

  @Override
  public long size() {
    return tree.sizeLong();
  }

  @Override
  public void close() {
    db.close();
  }

  private static Entry entry(byte[] key, byte[] stored) {
    return new Entry(key, ByteBuffer.wrap(stored).getLong(), Arrays.copyOfRange(stored, REVISION, stored.length));
  }
}
