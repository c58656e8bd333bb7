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
import java.util.ArrayList;
import java.util.List;
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
  private static final String REF = "containerd.io/gc.ref.";
  private static final String BREF = "containerd.io/gc.bref.";
  private static final String SNAPSHOT = "snapshot.";
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
      List<Thing> to = new ArrayList<>();
      List<Thing> from = new ArrayList<>();
      o.path("labels").properties().forEach(l -> {
        named(l.getKey(), REF, place.namespace(), l.getValue().asText()).ifPresent(to::add);
        named(l.getKey(), BREF, place.namespace(), l.getValue().asText()).ifPresent(from::add);
      });
      Optional<Instant> expire = expire(o.path("labels"));
      return switch (kind) {
        case IMAGE -> {
          Thing target = Thing.content(place.namespace(), o.path("target").path("digest").asText());
          to.add(target);
          yield new Facts(thing, expire.isEmpty() || expire.get().isAfter(now), later(expire), new Links(to, from, Optional.of(target)), "",
              0);
        }
        case CONTAINER -> {
          String snapshotter = o.path("snapshotter").asText();
          if (!snapshotter.isEmpty()) to.add(Thing.snapshot(place.namespace(), snapshotter, o.path("snapshotKey").asText()));
          yield new Facts(thing, true, Instant.MAX, new Links(to, from, Optional.empty()), "", 0);
        }
        case CONTENT -> kept(thing, o, expire, new Links(to, from, Optional.empty()), o.path("store").asText());
        case SNAPSHOT -> {
          String snapshotter = place.id().substring(0, place.id().indexOf('/'));
          Optional<Thing> parent = o.has("parent") ? Optional.of(Thing.snapshot(place.namespace(), snapshotter, o.get("parent").asText()))
              : Optional.empty();
          parent.ifPresent(to::add);
          yield kept(thing, o, expire, new Links(to, from, parent), snapshotter);
        }
      };
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

  /** What a label names, where it is one of those behind {@code prefix}. */
  private static Optional<Thing> named(String label, String prefix, String namespace, String value) {
    if (!label.startsWith(prefix)) return Optional.empty();
    String rest = label.substring(prefix.length());
    if (rest.startsWith(SNAPSHOT)) {
      String driver = rest.substring(SNAPSHOT.length());
      int end = driver.indexOf('/');
      return Optional.of(Thing.snapshot(namespace, end < 0 ? driver : driver.substring(0, end), value));
    }
    for (Thing.Kind k : Thing.Kind.values()) {
      if (k == Thing.Kind.SNAPSHOT || !rest.startsWith(k.table())) continue;
      String name = rest.substring(k.table().length());
      if (name.isEmpty() || name.charAt(0) == '.' || name.charAt(0) == '/') return Optional.of(new Thing(k, namespace, value));
    }
    return Optional.empty();
  }
}
