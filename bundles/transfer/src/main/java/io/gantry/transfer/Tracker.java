package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.oci.MediaTypes;
import io.gantry.service.transfer.Progress;
import io.gantry.service.unpack.Unpacker;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells how a pull or push stands: each change of status at once, bytes at most twenty times a second per thing. A layer that is fetched
 * and unpacked at once shows its download as long as that lasts. The monitor guards all fields; it is not held while the consumer is told.
 */
final class Tracker {
  private static final long PAUSE_NANOS = 50_000_000;

  private static final class Item {
    String status = "";
    long told;
    boolean here; // its bytes need no more fetching
  }

  private final Consumer<Progress> consumer;
  private final Map<String, Item> items = new HashMap<>();
  private final Map<Digest, Descriptor> layers = new HashMap<>();

  Tracker(Consumer<Progress> consumer) {
    this.consumer = consumer;
  }

  void image(String name, String status) {
    tell(name, status, 0, 0);
  }

  void blob(Descriptor d, String status, long offset) {
    synchronized (this) {
      boolean layer = layers.containsKey(d.digest());
      Item item = items.computeIfAbsent(name(d), k -> new Item());
      if (status.equals("done") || status.equals("exists")) item.here = true;
      if (layer && item.here) {
        if (item.status.equals("done") || item.status.equals("exists")) return;
        if (status.equals("done")) status = "waiting"; // for its unpacking
      }
    }
    tell(name(d), status, offset, d.size());
  }

  /** A layer that is to be unpacked, and not done before. */
  void layer(Descriptor d) {
    synchronized (this) {
      layers.put(d.digest(), d);
    }
    tell(name(d), "waiting", 0, d.size());
  }

  void unpacking(Unpacker.Progress p) {
    Descriptor d;
    synchronized (this) {
      d = layers.get(p.layer());
      if (d == null) return;
      Item item = items.computeIfAbsent(name(d), k -> new Item());
      if (!item.here || item.status.equals("done") || item.status.equals("exists")) return;
    }
    if (p.state().equals("unpacked")) unpacked(d);
    else if (!p.state().equals("waiting") && !p.state().equals("exists")) tell(name(d), "unpacking", p.offset(), d.size());
  }

  /** The end of a layer. */
  void unpacked(Descriptor d) {
    synchronized (this) {
      Item item = items.computeIfAbsent(name(d), k -> new Item());
      item.here = true;
      if (item.status.equals("done") || item.status.equals("exists")) return;
    }
    tell(name(d), "done", d.size(), d.size());
  }

  private void tell(String name, String status, long offset, long total) {
    synchronized (this) {
      Item item = items.computeIfAbsent(name, k -> new Item());
      long now = System.nanoTime();
      if (item.status.equals(status) && now - item.told < PAUSE_NANOS) return;
      item.status = status;
      item.told = now;
    }
    consumer.accept(new Progress(name, status, offset, total));
  }

  private static String name(Descriptor d) {
    return MediaTypes.ref(d.mediaType(), d.digest());
  }
}
