package io.gantry.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.service.event.Event;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class FeedTest {
  private final Scope scope = Scope.root();

  @Test
  void givesWhatCameAfterInOrderAndInPages() throws Exception {
    Feed feed = new Feed(10);
    for (int i = 1; i <= 5; i++) feed.publish(scope, "/images/create", Map.of("name", "i" + i));
    assertEquals(List.of(3L, 4L), feed.after(Scope.root(), 2, 2, Duration.ZERO).stream().map(Event::sequence).toList());
    assertEquals(List.of(5L), feed.after(Scope.root(), 4, 2, Duration.ZERO).stream().map(Event::sequence).toList());
    assertEquals(List.of(), feed.after(Scope.root(), 5, 2, Duration.ZERO));
    Event first = feed.after(Scope.root(), 0, 1, Duration.ZERO).getFirst();
    assertEquals("containerd.events.ImageCreate", first.event().typeUrl());
    assertEquals("{\"name\":\"i1\"}", new String(first.event().value(), StandardCharsets.UTF_8));
  }

  @Test
  void showsByTheGapThatOlderOnesWereDropped() throws Exception {
    Feed feed = new Feed(3);
    for (int i = 0; i < 10; i++) feed.publish(scope, "/tasks/exec-added", Map.of());
    assertEquals(List.of(8L, 9L, 10L), feed.after(Scope.root(), 1, 100, Duration.ZERO).stream().map(Event::sequence).toList());
  }

  @Test
  void wakesAReaderThatWaits() throws Exception {
    Feed feed = new Feed(3);
    var started = new CountDownLatch(1);
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var got = pool.submit(() -> {
        started.countDown();
        return feed.after(Scope.root(), 0, 10, Duration.ofSeconds(20));
      });
      started.await();
      feed.publish(scope.withNamespace("other"), "/tasks/start", Map.of("pid", 7));
      assertEquals("other", got.get().getFirst().namespace());
    }
  }

  private static Feed.Config kept(int kept) {
    return new Feed.Config() {
      @Override
      public int kept() {
        return kept;
      }

      @Override
      public Class<? extends java.lang.annotation.Annotation> annotationType() {
        return Feed.Config.class;
      }
    };
  }

  /** A new instance would have another epoch and no events, and take everyone who refers to it along. */
  @Test
  void aChangedConfigurationKeepsEventsAndEpoch() throws Exception {
    Feed feed = new Feed(10);
    for (int i = 0; i < 5; i++) feed.publish(scope, "/tasks/start", Map.of());
    long epoch = feed.epoch(Scope.root());
    feed.modified(kept(3));
    assertEquals(List.of(3L, 4L, 5L), feed.after(Scope.root(), 0, 100, Duration.ZERO).stream().map(Event::sequence).toList());
    feed.modified(kept(4));
    feed.modified(kept(0)); // wrong: what was in use before stays
    for (int i = 0; i < 5; i++) feed.publish(scope, "/tasks/start", Map.of());
    assertEquals(List.of(7L, 8L, 9L, 10L), feed.after(Scope.root(), 0, 100, Duration.ZERO).stream().map(Event::sequence).toList());
    assertEquals(epoch, feed.epoch(Scope.root()));
  }

  /** A constructor that throws would take every command that needs events away, until the next start. */
  @Test
  void aWrongConfigurationAtTheStartLeavesTheDefault() throws Exception {
    Feed feed = new Feed(kept(0));
    for (int i = 0; i < 10_001; i++) feed.publish(scope, "/tasks/start", Map.of());
    assertEquals(2, feed.after(Scope.root(), 0, 1, Duration.ZERO).getFirst().sequence());
    feed.modified(kept(3));
    assertEquals(3, feed.after(Scope.root(), 0, 100, Duration.ZERO).size());
  }

  /** What deploy checks a file against. */
  @Test
  void declaresItsBounds() throws IOException {
    try (InputStream in = Feed.class.getResourceAsStream("/OSGI-INF/metatype/" + Feed.Config.class.getName() + ".xml")) {
      String metatype = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(metatype.matches("(?s).*<AD id=\"kept\"[^>]* min=\"1\".*"), metatype);
    }
  }

  @Test
  void namesTypesAsContainerdDoes() {
    assertEquals("TaskExecAdded", Feed.typeName("/tasks/exec-added"));
    assertEquals("SnapshotPrepare", Feed.typeName("/snapshot/prepare"));
    assertEquals("ContentDelete", Feed.typeName("/content/delete"));
    assertTrue(new Feed(1).epoch(Scope.root()) > 0);
  }
}
