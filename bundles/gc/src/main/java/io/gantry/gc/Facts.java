package io.gantry.gc;

import io.gantry.api.CorruptException;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Table.Place;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;

/**
 * What a record says to the collection.
 *
 * @param root it stays, whether anything refers to it or not
 * @param until the moment from which on it may say something else; {@link Instant#MAX} for never
 * @param driver name of the driver that has its bytes; empty where it has none
 * @param bytes what it takes, as far as the record tells
 */
record Facts(Thing thing, boolean root, Instant until, Links links, String driver, long bytes) {
  static final String ROOT = "containerd.io/gc.root";
  static final String FLAT = "containerd.io/gc.flat";

  /** Reads records as they are at one moment. */
  record Reader(Instant now, Duration grace) {
    /** @throws CorruptException it is damaged, so what it refers to is not known */
    Facts read(Thing.Kind kind, Place place, byte[] json) throws CorruptException {
      var d = new Document(kind, place, json);
      var thing = new Thing(kind, place.namespace(), place.id());
      Optional<Instant> expire = expire(d.labels());
      return switch (kind) {
        case IMAGE -> {
          Thing target = Thing.content(place.namespace(), d.digest("target"));
          boolean root = expire.isEmpty() || expire.get().isAfter(now);
          yield new Facts(thing, root, later(expire), Links.of(thing, d.labels(), Optional.of(target)), "", 0);
        }
        case CONTAINER -> {
          Optional<Thing> snapshot = snapshot(place, d.text("snapshotter"), d.text("snapshotKey"));
          yield new Facts(thing, true, Instant.MAX, Links.of(thing, d.labels(), snapshot), "", 0);
        }
        case CONTENT -> {
          d.digest("its id", place.id());
          yield kept(thing, d, expire, Links.of(thing, d.labels(), Optional.empty()), d.name("store"), d.number("sizeBytes"));
        }
        case SNAPSHOT -> snapshot(thing, place, d, expire);
      };
    }

    /** A parent is told of twice: by its key, and first among the ids of all parents. */
    private Facts snapshot(Thing thing, Place place, Document d, Optional<Instant> expire) throws CorruptException {
      int slash = place.id().indexOf('/');
      if (slash < 1) throw d.damaged("SNAPSHOTTER/KEY as its id", "'" + place.id() + "'");
      d.name("id");
      d.name("kind");
      String parent = d.has("parent") ? d.name("parent") : "";
      int parents = d.count("parents");
      if (parent.isEmpty() != (parents == 0)) throw d.damaged("a key of the nearest of " + parents + " parents", "'" + parent + "'");
      String snapshotter = place.id().substring(0, slash);
      return kept(thing, d, expire, Links.of(thing, d.labels(), snapshot(place, snapshotter, parent)), snapshotter, d.has("sizeBytes") ? d
          .number("sizeBytes") : 0);
    }

    private static Optional<Thing> snapshot(Place place, String snapshotter, String key) {
      if (snapshotter.isEmpty() || key.isEmpty()) return Optional.empty();
      return Optional.of(Thing.snapshot(place.namespace(), snapshotter, key));
    }

    /** Of a blob or a snapshot, which a time holds instead of ending it. */
    private Facts kept(Thing thing, Document d, Optional<Instant> expire, Links links, String driver, long bytes) throws CorruptException {
      Optional<Instant> touched = d.end("touched", grace);
      boolean held = expire.isPresent() && expire.get().isAfter(now) || touched.isPresent() && touched.get().isAfter(now);
      Instant until = later(expire).isBefore(later(touched)) ? later(expire) : later(touched);
      return new Facts(thing, held || d.labels().containsKey(ROOT), until, links, driver, bytes);
    }

    private Instant later(Optional<Instant> time) {
      return time.filter(t -> t.isAfter(now)).orElse(Instant.MAX);
    }
  }

  /** A time that cannot be read is one that never comes: rather too much stays than too little. */
  private static Optional<Instant> expire(Map<String, String> labels) {
    if (!labels.containsKey(Lease.EXPIRE)) return Optional.empty();
    try {
      return Optional.of(OffsetDateTime.parse(labels.get(Lease.EXPIRE)).toInstant());
    } catch (DateTimeException e) {
      return Optional.of(Instant.MAX);
    }
  }
}
