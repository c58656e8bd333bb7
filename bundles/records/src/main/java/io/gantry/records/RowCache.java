package io.gantry.records;

import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.Rec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Rows that were read a moment ago, so that a client who asks for a blob piece by piece does not ask the store for its record each time.
 *
 * <p>What is committed through this bundle is never read older than it is. A row lasts {@link #LASTING_NANOS}, so that a store whose data
 * are exchanged, or that is away, is noticed that soon.
 */
final class RowCache {
  static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final int MOST_BYTES = 1 << 19;
  /** What a row takes besides its value, about. */
  private static final int ROW_BYTES = 256;

  /** A row and when it was read. */
  private record Kept(Rec rec, long at) {
    int bytes() {
      return rec.value().length + ROW_BYTES;
    }
  }

  private final Map<Key, Kept> rows = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;
  private long changes;

  synchronized Optional<Rec> get(Key key) {
    Kept kept = rows.get(key);
    if (kept == null) return Optional.empty();
    if (System.nanoTime() - kept.at <= LASTING_NANOS) return Optional.of(kept.rec);
    forget(key);
    return Optional.empty();
  }

  /** To be taken before a row is read from the store. */
  synchronized long mark() {
    return changes;
  }

  /** Keeps what was read since the mark, unless something was committed meanwhile. */
  synchronized void put(Rec rec, long mark) {
    if (mark != changes || rec.value().length > MOST_BYTES / 8) return;
    forget(rec.key());
    var kept = new Kept(rec, System.nanoTime());
    rows.put(rec.key(), kept);
    bytes += kept.bytes();
    while (bytes > MOST_BYTES) forget(rows.keySet().iterator().next());
  }

  /** The row was committed or removed, or that was tried. */
  synchronized void changed(Key key) {
    changes++;
    forget(key);
  }

  synchronized long bytes() {
    return bytes;
  }

  private void forget(Key key) {
    Kept gone = rows.remove(key);
    if (gone != null) bytes -= gone.bytes();
  }
}
