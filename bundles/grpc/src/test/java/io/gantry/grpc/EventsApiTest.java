package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gantry.api.Scope;
import io.gantry.wire.event.TaskExit;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.PublishRequest;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.images.ImageCreate;
import io.gantry.wire.types.Envelope;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventsApiTest {
  @TempDir Path root;

  /** What a subscriber got. */
  private static BlockingQueue<Envelope> subscribed(Engine engine, String... filters) {
    var got = new LinkedBlockingQueue<Envelope>();
    EventsGrpc.newStub(engine.channel).subscribe(SubscribeRequest.newBuilder().addAllFilters(List.of(filters)).build(),
        new StreamObserver<>() {
          @Override
          public void onNext(Envelope e) {
            got.add(e);
          }

          @Override
          public void onError(Throwable e) {
            // the end of the test
          }

          @Override
          public void onCompleted() {
            // never
          }
        });
    return got;
  }

  @Test
  void aNamespaceThatIsNoneIsRefused() throws Exception {
    try (Engine engine = new Engine(root)) {
      var answers = Engine.in("../x", EventsGrpc.newBlockingStub(engine.channel)).subscribe(SubscribeRequest.getDefaultInstance());
      var e = assertThrows(StatusRuntimeException.class, answers::hasNext);
      assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode(), e.getMessage());
    }
  }

  /** Publishes until the subscriber hears of it, and takes all of that: a subscription begins a moment after it was asked for. */
  private static void heard(Engine engine, BlockingQueue<Envelope> got) throws Exception {
    Instant end = Instant.now().plusSeconds(20);
    int last = 0;
    while (got.isEmpty()) {
      if (Instant.now().isAfter(end)) throw new AssertionError("nothing was heard");
      Map<String, String> number = Map.of("number", Integer.toString(++last));
      engine.feed.publish(Scope.root(), "/images/create", Map.of("name", "first", "labels", number));
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    for (int came = 0; came < last; came = number(next(got))) continue;
  }

  private static int number(Envelope e) throws InvalidProtocolBufferException {
    return Integer.parseInt(ImageCreate.parseFrom(e.getEvent().getValue()).getLabelsOrThrow("number"));
  }

  private static Envelope next(BlockingQueue<Envelope> got) throws InterruptedException {
    Envelope e = got.poll(20, TimeUnit.SECONDS);
    if (e == null) throw new AssertionError("no event within 20 s");
    return e;
  }

  @Test
  void ourEventsAreMessagesWithBareNames() throws Exception {
    try (var engine = new Engine(root)) {
      var got = subscribed(engine);
      heard(engine, got);
      engine.feed.publish(Scope.root().withNamespace("n"), "/images/create", Map.of("name", "a", "labels", Map.of("k", "v")));
      Envelope image = next(got);
      assertEquals("n", image.getNamespace());
      assertEquals("/images/create", image.getTopic());
      assertEquals("containerd.services.images.v1.ImageCreate", image.getEvent().getTypeUrl());
      assertEquals(ImageCreate.newBuilder().setName("a").putLabels("k", "v").build(), ImageCreate.parseFrom(image.getEvent().getValue()));
      Instant at = Instant.parse("2026-01-02T03:04:05.000006Z");
      engine.feed.publish(Scope.root(), "/tasks/exit",
          Map.of("container_id", "c", "id", "c", "pid", 7, "exit_status", 137, "exited_at", at.toString()));
      TaskExit exit = TaskExit.parseFrom(next(got).getEvent().getValue());
      assertEquals(TaskExit.newBuilder().setContainerId("c").setId("c").setPid(7).setExitStatus(137).setExitedAt(Times.of(at)).build(),
          exit);
    }
  }

  @Test
  void eventsAreFiltered() throws Exception {
    try (var engine = new Engine(root)) {
      var some = subscribed(engine, "event.name==first", "topic==\"/images/create\",event.name==b",
          "topic==\"/tasks/exit\"");
      heard(engine, some);
      for (String name : List.of("a", "b")) engine.feed.publish(Scope.root(), "/images/create", Map.of("name", name));
      engine.feed.publish(Scope.root(), "/tasks/exit", Map.of("container_id", "c"));
      assertEquals("b", ImageCreate.parseFrom(next(some).getEvent().getValue()).getName());
      assertEquals("/tasks/exit", next(some).getTopic());
    }
  }

  @Test
  void aClientsEventPassesAsItIs() throws Exception {
    try (var engine = new Engine(root)) {
      var got = subscribed(engine);
      heard(engine, got);
      Any event = Any.newBuilder().setTypeUrl("example.com/Mine").setValue(ByteString.copyFrom(new byte[] {9, 9, -1})).build();
      var events = Engine.in("n", EventsGrpc.newBlockingStub(engine.channel));
      events.publish(PublishRequest.newBuilder().setTopic("/mine/done").setEvent(event).build());
      Envelope came = next(got);
      assertEquals(event, came.getEvent());
      assertEquals("/mine/done", came.getTopic());
      var wrong = assertThrows(StatusRuntimeException.class,
          () -> events.publish(PublishRequest.newBuilder().setTopic("mine").setEvent(event).build()));
      assertEquals(Status.Code.INVALID_ARGUMENT, wrong.getStatus().getCode());
    }
  }
}
