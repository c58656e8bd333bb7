package io.gantry.gc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.CorruptException;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Table.Place;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads records as they are at one moment. */
  record Reader(Instant now, Duration grace) {
    /** @throws CorruptException it is no record, so what it refers to is not known */
    Facts read(Thing.Kind kind, Place place, byte[] json) throws CorruptException {
      JsonNode o;
      try {
        o = JSON.readTree(json);
      } catch (IOException e) {
        throw new CorruptException("record " + kind.table() + " " + place.namespace() + "/" + place.id(), "JSON", e.getMessage());
      }
      var thing = new Thing(kind, place.namespace(), place.id());
      JsonNode labels = o.path("labels");
      Optional<Instant> expire = expire(labels);
      return switch (kind) {
        case IMAGE -> {
          Thing target = Thing.content(place.namespace(), o.path("target").path("digest").asText());
          boolean root = expire.isEmpty() || expire.get().isAfter(now);
          yield new Facts(thing, root, later(expire), Links.of(thing, labels, Optional.of(target)), "", 0);
        }
        case CONTAINER -> {
          Optional<Thing> snapshot = snapshot(place, o.path("snapshotter").asText(), o.path("snapshotKey"));
          yield new Facts(thing, true, Instant.MAX, Links.of(thing, labels, snapshot), "", 0);
        }
        case CONTENT -> kept(thing, o, expire, Links.of(thing, labels, Optional.empty()), o.path("store").asText());
        case SNAPSHOT -> {
          String snapshotter = place.id().substring(0, place.id().indexOf('/'));
          yield kept(thing, o, expire, Links.of(thing, labels, snapshot(place, snapshotter, o.path("parent"))), snapshotter);
        }
      };
    }

    private static Optional<Thing> snapshot(Place place, String snapshotter, JsonNode key) {
      if (snapshotter.isEmpty() || key.isMissingNode()) return Optional.empty();
      return Optional.of(Thing.snapshot(place.namespace(), snapshotter, key.asText()));
    }

    /** Of a blob or a snapshot, which a time holds instead of ending it. */
    private Facts kept(Thing thing, JsonNode o, Optional<Instant> expire, Links links, String driver) {
      Optional<Instant> touched = o.has("touched") ? Optional.of(Instant.parse(o.get("touched").asText()).plus(grace)) : Optional.empty();
      boolean held = expire.isPresent() && expire.get().isAfter(now) || touched.isPresent() && touched.get().isAfter(now);
      Instant until = later(expire).isBefore(later(touched)) ? later(expire) : later(touched);
      return new Facts(thing, held || o.path("labels").has(ROOT), until, links, driver, o.path("sizeBytes").asLong());
    }

    private Instant later(Optional<Instant> time) {
      return time.filter(t -> t.isAfter(now)).orElse(Instant.MAX);
    }
  }

  /** A time that cannot be read is one that never comes: rather too much stays than too little. */
  private static Optional<Instant> expire(JsonNode labels) {
    if (!labels.has(Lease.EXPIRE)) return Optional.empty();
    try {
      return Optional.of(OffsetDateTime.parse(labels.get(Lease.EXPIRE).asText()).toInstant());
    } catch (DateTimeException e) {
      return Optional.of(Instant.MAX);
    }
  }
}
