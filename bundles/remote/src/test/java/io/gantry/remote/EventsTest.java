package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.service.event.Event;
import io.gantry.service.event.Event.Form;
import io.gantry.service.event.Events;
import io.gantry.service.record.Lease;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens, over the wire. */
class EventsTest {
  private static final Scope SCOPE = Scope.root();
  private static final Duration WAIT = Duration.ofSeconds(20);
  @TempDir Path root;
  private Engine engine;
  private RemoteManager manager;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    manager = RemoteManager.connect(engine.address());
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    engine.close();
  }

  private static List<Event> take(Events events, long after, int count) throws IOException {
    var all = new ArrayList<Event>();
    Instant end = Instant.now().plus(WAIT);
    while (all.size() < count && Instant.now().isBefore(end)) {
      all.addAll(events.after(SCOPE, all.isEmpty() ? after : all.getLast().sequence(), count - all.size(), WAIT));
    }
    assertEquals(count, all.size());
    return all;
  }

  private static String json(Event e) {
    assertEquals(Form.JSON, e.form());
    return new String(e.event().value(), StandardCharsets.UTF_8);
  }

  @Test
  void ourEventsComeAsTheyAreAtHome() throws IOException {
    Events events = manager.events();
    long from = events.sequence(SCOPE);
    long home = engine.feed.sequence(SCOPE);
    manager.namespaces().create(SCOPE, "n", Map.of("a\"\\\n", "ü"));
    Instant at = Instant.parse("2026-01-02T03:04:05.006Z");
    engine.feed.publish(SCOPE, "/tasks/exit",
        Map.of("container_id", "c", "id", "c", "pid", 4_000_000_000L, "exit_status", 7, "exited_at", at.toString()));
    manager.contents().put(SCOPE, io.gantry.service.content.WriterSpec.of("r"), new byte[3]);
    List<Event> came = take(events, from, 3);
    List<Event> were = engine.feed.after(SCOPE, home, 10, Duration.ZERO);
    assertEquals(were.stream().map(e -> List.of(e.namespace(), e.topic(), e.event().typeUrl(), e.at())).toList(),
        came.stream().map(e -> List.of(e.namespace(), e.topic(), e.event().typeUrl(), e.at())).toList());
    assertEquals("{\"name\":\"n\",\"labels\":{\"a\\\"\\\\\\u000a\":\"ü\"}}", json(came.get(0)));
    assertEquals("{\"container_id\":\"c\",\"id\":\"c\",\"pid\":4000000000,\"exit_status\":7,\"exited_at\":\"2026-01-02T03:04:05.006Z\"}",
        json(came.get(1)));
    assertTrue(json(came.get(2)).endsWith(",\"size\":3}"), json(came.get(2)));
    assertEquals(List.of(from + 1, from + 2, from + 3), came.stream().map(Event::sequence).toList());
    assertEquals(List.of(), events.after(SCOPE, from + 3, 10, Duration.ofMillis(50)));
  }

  @Test
  void eventsArePublished() throws IOException {
    Events events = manager.events();
    long from = events.sequence(SCOPE);
    Typed own = new Typed("example.com/T", new byte[] {1, 2});
    events.publish(SCOPE.withNamespace("other"), "/mine/x", own);
    events.publish(SCOPE, "/tasks/oom", Map.of("container_id", "c"));
    List<Event> came = take(events, from, 2);
    assertEquals(own, came.get(0).event());
    assertEquals(Form.OPAQUE, came.get(0).form());
    assertEquals("other", came.get(0).namespace());
    assertEquals("containerd.events.TaskOOM", came.get(1).event().typeUrl());
    assertEquals("{\"container_id\":\"c\"}", json(came.get(1)));
    assertThrows(InvalidException.class, () -> events.publish(SCOPE, "no topic", own));
    assertThrows(InvalidException.class, () -> events.publish(SCOPE, "/mine/x", new Typed("t", new byte[Events.MAX_BYTES + 1])));
    assertThrows(IllegalArgumentException.class, () -> events.publish(SCOPE, "/nobody/knows", Map.of()));
    assertThrows(IllegalArgumentException.class, () -> events.publish(SCOPE, "/tasks/exit", Map.of("x", 1)));
  }

  /** What is told to who waits for the next one. */
  private static IOException told(Events events, long after) {
    for (Instant end = Instant.now().plus(WAIT); Instant.now().isBefore(end); ) {
      try {
        events.after(SCOPE, after, 10, WAIT);
      } catch (IOException e) {
        return e;
      }
    }
    throw new AssertionError("nothing was told");
  }

  @Test
  void anErrorThatEndsItIsTold() throws IOException {
    try (var events = new RemoteEvents(manager.link(), event -> {
      throw new OutOfMemoryError("of this test");
    })) {
      long from = events.sequence(SCOPE);
      manager.namespaces().create(SCOPE, "n", Map.of());
      IOException e = told(events, from);
      assertEquals("an event of the manager cannot be read: of this test", e.getMessage());
      assertInstanceOf(OutOfMemoryError.class, e.getCause());
    }
  }

  @Test
  void aBreakIsToldAndThenAGap() throws IOException {
    Events events = manager.events();
    long from = events.sequence(SCOPE);
    long epoch = events.epoch(SCOPE);
    Lease lease = manager.leases().create(SCOPE, "", Map.of());
    manager.namespaces().create(SCOPE, "n", Map.of());
    assertEquals(from + 1, take(events, from, 1).getFirst().sequence());
    engine.close();
    assertInstanceOf(UnavailableException.class, told(events, from + 1));
    engine = new Engine(root);
    assertTrue(events.epoch(SCOPE) > epoch);
    manager.namespaces().create(SCOPE, "o", Map.of());
    Event next = take(events, from + 1, 1).getFirst();
    assertEquals(from + 3, next.sequence(), "a gap");
    assertEquals(lease, manager.leases().get(SCOPE, lease.id()));
  }
}
