package io.gantry.kit.world;

import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.event.Event;
import io.gantry.service.event.Events;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Events as lines, in the order in which they were told. */
public final class Told implements Events {
  /** An event as a line. */
  @FunctionalInterface
  public interface Words {
    String of(Scope scope, String topic, Map<String, ?> fields);
  }

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Words words;

  /** Lines such as <code>default /images/create {labels={}, name=a}</code>, fields by name. */
  public Told() {
    this((scope, topic, fields) -> scope.namespace() + " " + topic + " " + sorted(fields));
  }

  private static Map<String, Object> sorted(Map<?, ?> fields) {
    var all = new TreeMap<String, Object>();
    fields.forEach((name, value) -> all.put((String) name, value instanceof Map<?, ?> m ? sorted(m) : value));
    return all;
  }

  public Told(Words words) {
    this.words = words;
  }

  /** All lines; it grows. */
  public List<String> lines() {
    return lines;
  }

  /** What was told since the last call. */
  public List<String> news() {
    List<String> all = List.copyOf(lines);
    lines.clear();
    return all;
  }

  @Override
  public void publish(Scope scope, String topic, Map<String, ?> fields) {
    lines.add(words.of(scope, topic, fields));
  }

  @Override
  public void publish(Scope scope, String topic, Typed event) {
    lines.add(words.of(scope, topic, Map.of("type", event.typeUrl())));
  }

  @Override
  public long sequence(Scope scope) {
    return lines.size();
  }

  @Override
  public long epoch(Scope scope) {
    return 1;
  }

  @Override
  public List<Event> after(Scope scope, long after, int max, Duration wait) {
    throw new IllegalStateException("events are read as lines here");
  }
}
