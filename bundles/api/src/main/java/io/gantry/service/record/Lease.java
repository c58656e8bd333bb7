package io.gantry.service.record;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;

/** Holds things against the garbage collection. The label {@value #EXPIRE} ends it. */
public record Lease(String id, Map<String, String> labels, Instant created, long revision) {
  /** The label with the moment of its end, as RFC 3339 writes it. */
  public static final String EXPIRE = "containerd.io/gc.expire";

  /** Something that a lease holds: kind {@code content} (a digest), {@code ingests}, {@code images} or {@code snapshots/NAME}. */
  public record Resource(String kind, String id) {
    /** From {@code kind/id}; a kind has no slash but that behind {@code snapshots}, an id may have any. */
    public static Resource parse(String text) {
      int end = text.indexOf('/', text.startsWith("snapshots/") ? "snapshots/".length() : 0);
      if (end < 0) throw new IllegalArgumentException("'" + text + "' is not kind/id, such as images/NAME");
      return new Resource(text.substring(0, end), text.substring(end + 1));
    }

    @Override
    public String toString() {
      return kind + "/" + id;
    }
  }

  public Lease {
    labels = Map.copyOf(labels);
  }

  /** When it ends by itself; empty for never. */
  public Optional<Instant> expires() {
    return Optional.ofNullable(labels.get(EXPIRE)).map(text -> OffsetDateTime.parse(text).toInstant());
  }
}
