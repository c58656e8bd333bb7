package io.gantry.gc;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a record is tied to others.
 *
 * @param to what it refers to
 * @param from what refers to it, by its own saying
 * @param needs what it is nothing without, which is among the first: an image's target, a snapshot's parent
 * @param when what refers to it under a condition, by its own saying
 * @param used when it was used, for the conditions of others
 */
record Links(List<Thing> to, List<Thing> from, Optional<Thing> needs, List<Condition> when, List<Instant> used) {
  private static final String REF = "containerd.io/gc.ref.";
  private static final String BREF = "containerd.io/gc.bref.";
  private static final String COND = "containerd.io/gc.cond.snapshot";
  private static final String USED = "containerd.io/gc.cond.value-usedat";
  private static final String SNAPSHOT = "snapshot.";
  private static final int LAST_YEAR = 9999;

  /** What the labels of a record say. @param refers what it refers to without a label, and needs where it is no container */
  static Links of(Thing owner, Map<String, String> labels, Optional<Thing> refers) {
    List<Thing> to = new ArrayList<>();
    List<Thing> from = new ArrayList<>();
    List<Condition> when = new ArrayList<>();
    List<Instant> used = new ArrayList<>();
    labels.forEach((key, value) -> {
      named(key, REF, owner.namespace(), value).ifPresent(to::add);
      named(key, BREF, owner.namespace(), value).ifPresent(from::add);
      if (key.startsWith(COND) && isConditional(owner)) when.addAll(Condition.of(owner.namespace(), snapshotter(key), value));
      if (key.startsWith(USED) && owner.kind() == Thing.Kind.SNAPSHOT) time(value).ifPresent(used::add);
    });
    refers.ifPresent(to::add);
    return new Links(to, from, owner.kind() == Thing.Kind.CONTAINER ? Optional.empty() : refers, when, used);
  }

  private static boolean isConditional(Thing owner) {
    return owner.kind() == Thing.Kind.CONTENT || owner.kind() == Thing.Kind.IMAGE;
  }

  /** Of {@code gc.cond.snapshot.NAME[/x]}. */
  private static String snapshotter(String label) {
    return beforeSlash(label.substring(COND.length()).replaceFirst("^[./]+", ""));
  }

  private static Optional<Instant> time(String text) {
    try {
      OffsetDateTime time = OffsetDateTime.parse(text);
      return time.getYear() > LAST_YEAR ? Optional.empty() : Optional.of(time.toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** What a label names, where it is one of those behind {@code prefix}. */
  private static Optional<Thing> named(String label, String prefix, String namespace, String value) {
    if (!label.startsWith(prefix)) return Optional.empty();
    String rest = label.substring(prefix.length());
    if (rest.startsWith(SNAPSHOT)) return Optional.of(Thing.snapshot(namespace, beforeSlash(rest.substring(SNAPSHOT.length())), value));
    for (Thing.Kind k : Thing.Kind.values()) {
      if (k == Thing.Kind.SNAPSHOT || !rest.startsWith(k.table())) continue;
      String name = rest.substring(k.table().length());
      if (name.isEmpty() || name.charAt(0) == '.' || name.charAt(0) == '/') return Optional.of(new Thing(k, namespace, value));
    }
    return Optional.empty();
  }

  private static String beforeSlash(String name) {
    int end = name.indexOf('/');
    return end < 0 ? name : name.substring(0, end);
  }
}
