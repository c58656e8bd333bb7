package io.gantry.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.event.Event;
import io.gantry.service.event.Event.Form;
import io.gantry.service.event.Events;
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
    assertEquals("containerd.services.images.v1.ImageCreate", first.event().typeUrl());
    assertEquals(Form.JSON, first.form());
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
    assertEquals("containerd.events.TaskExecAdded", Feed.typeName("/tasks/exec-added"));
    assertEquals("containerd.events.TaskOOM", Feed.typeName("/tasks/oom"));
    assertEquals("containerd.events.SnapshotPrepare", Feed.typeName("/snapshot/prepare"));
    assertEquals("containerd.services.images.v1.ImageDelete", Feed.typeName("/images/delete"));
    assertEquals("containerd.events.NamespaceUpdate", Feed.typeName("/namespaces/update"));
    assertEquals("containerd.events.ContainerCreate", Feed.typeName("/containers/create"));
    assertEquals("containerd.events.ContentDelete", Feed.typeName("/content/delete"));
    assertTrue(new Feed(1).epoch(Scope.root()) > 0);
  }

  @Test
  void whatAClientBringsIsKeptByteForByte() throws Exception {
    Feed feed = new Feed(10);
    var brought = new Typed("my.Type", new byte[] {0, -1, '{', 10});
    feed.publish(scope.withNamespace("other"), "/my/own-topic_1", brought);
    Event e = feed.after(scope, 0, 10, Duration.ZERO).getFirst();
    assertEquals(new Event(feed.epoch(scope), 1, e.at(), "other", "/my/own-topic_1", brought, Form.OPAQUE), e);
  }

  @Test
  void topicsAreOfContainerdsRule() throws Exception {
    Feed feed = new Feed(10);
    var event = new Typed("t", new byte[0]);
    for (String topic : List.of("", "a", "a/b", "/", "//", "/a/", "//a", "/a//b", "/a b", "/../a", "/-a", "/a.", "/é", "/a\n", "/"
        + "a".repeat(77))) {
      var e = assertThrows(InvalidException.class, () -> feed.publish(scope, topic, event), topic);
      assertTrue(e.getMessage().startsWith("envelope topic \"" + topic + "\": "), e.getMessage());
    }
    assertEquals(0, feed.sequence(scope));
    for (String topic : List.of("/a", "/A/b_c/d.e-f", "/1", "/" + "a".repeat(76))) feed.publish(scope, topic, event);
    assertEquals(4, feed.sequence(scope));
  }

  /** However many and large: what is kept is bounded, and the last one is there. */
  @Test
  void eventsOfClientsTakeBoundedMemory() throws Exception {
    Feed feed = new Feed(1000, 10_000);
    for (int i = 0; i < 100; i++) feed.publish(scope, "/a", new Typed("t", new byte[997]));
    assertEquals(List.of(91L, 100L), List.of(feed.after(scope, 0, 1, Duration.ZERO).getFirst().sequence(), feed.sequence(scope)));
    feed.publish(scope, "/a", new Typed("t", new byte[20_000]));
    assertEquals(1, feed.after(scope, 0, 1000, Duration.ZERO).size());
    for (int i = 0; i < 20; i++) feed.publish(scope, "/a", new Typed("t", new byte[497]));
    assertEquals(20, feed.after(scope, 0, 1000, Duration.ZERO).size(), "what was dropped is not counted");
    feed.publish(scope, "/a", new Typed("t", new byte[Events.MAX_BYTES]));
    var e = assertThrows(InvalidException.class, () -> feed.publish(scope, "/a", new Typed("t", new byte[Events.MAX_BYTES + 1])));
    assertTrue(e.getMessage().contains("1048577"), e.getMessage());
  }
}
