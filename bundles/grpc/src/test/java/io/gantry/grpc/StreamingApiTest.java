package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import io.gantry.api.ExhaustedException;
import io.gantry.api.Scope;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.transfertypes.Data;
import io.gantry.wire.transfertypes.ImageExportStream;
import io.gantry.wire.transfertypes.ImageImportStream;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.WindowUpdate;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Streams of transfers that are used wrongly. */
class StreamingApiTest extends TransferWorld {
  @Test
  void aStreamThatEndsEarlyIsNoArchive() throws Exception {
    String name = pulled();
    var local = new ByteArrayOutputStream();
    engine.archives.save(Scope.root(), new ExportRequest(List.of(name), Optional.empty()), local);
    images.remove(Scope.root(), name);
    StreamCall in = StreamCall.open(engine, "i");
    var to = ImageStore.newBuilder().addExtraReferences(ImageReference.newBuilder().setName("x").setIsPrefix(true)).build();
    FutureTask<Void> importing = calls.beside(TransferCalls.request(ImageImportStream.newBuilder().setStream("i").build(), to));
    in.message();
    in.send(Data.newBuilder().setData(ByteString.copyFrom(local.toByteArray(), 0, 5000)).build());
    in.vanish();
    assertEquals(Status.Code.UNAVAILABLE, TransferCalls.failure(importing).getCode());
    StreamCall wrong = StreamCall.open(engine, "i");
    FutureTask<Void> again = calls.beside(TransferCalls.request(ImageImportStream.newBuilder().setStream("i").build(), to));
    wrong.message();
    wrong.send(StringValue.of("no data"));
    assertEquals(Status.Code.INVALID_ARGUMENT, TransferCalls.failure(again).getCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, wrong.refused());
    assertEquals(List.of(), images.list(Scope.root(), "", 10));
    StreamCall out = StreamCall.open(engine, "e");
    assertEquals(Status.Code.NOT_FOUND, calls.refused(TransferCalls.store("none"), ImageExportStream.newBuilder().setStream("e").build())
        .getCode());
    assertEquals(Status.Code.NOT_FOUND, out.refused(), "no empty archive");
  }

  @Test
  void aReaderThatStallsCostsAWindow() throws Exception {
    String name = pulled();
    StreamCall out = StreamCall.open(engine, "e");
    FutureTask<Void> exporting = calls.beside(TransferCalls.request(TransferCalls.store(name), ImageExportStream.newBuilder().setStream("e")
        .setAllPlatforms(true).build()));
    out.send(WindowUpdate.newBuilder().setUpdate(1000).build());
    int came = 0;
    while (came < 1000) came += Anys.read(out.message().orElseThrow(), Data.getDefaultInstance()).orElseThrow().getData().size();
    assertEquals(1000, came);
    assertEquals(0, out.waiting());
    out.send(WindowUpdate.newBuilder().setUpdate(-1).build());
    assertEquals(Status.Code.INVALID_ARGUMENT, TransferCalls.failure(exporting).getCode());
  }

  @Test
  void streamsAreGuarded() throws Exception {
    for (String bad : List.of("", "../x", "a/b", ".x", "a b", "x".repeat(300))) {
      assertEquals(Status.Code.INVALID_ARGUMENT, StreamCall.begin(engine.channel, "default", init(bad)).refused(), bad);
    }
    assertEquals(Status.Code.INVALID_ARGUMENT, StreamCall.begin(engine.channel, "default", Anys.wire(StringValue.of("x"))).refused());
    assertEquals(Status.Code.FAILED_PRECONDITION, StreamCall.begin(engine.channel, "", init("x")).refused());
    StreamCall first = StreamCall.open(engine, "one");
    assertEquals(Status.Code.ALREADY_EXISTS, StreamCall.begin(engine.channel, "default", init("one")).refused());
    StreamCall.open(engine, "other", "one").vanish();
    first.vanish();
    var wrong = ImageExportStream.newBuilder().setStream("two").build();
    String name = pulled();
    assertEquals(Status.Code.NOT_FOUND, calls.refused(TransferCalls.store(name), wrong).getCode());
    StreamCall.open(engine, "other", "two");
    assertEquals(Status.Code.NOT_FOUND, calls.refused(TransferCalls.store(name), wrong).getCode());
    Any full = Any.newBuilder().setTypeUrl("type.googleapis.com/containerd.services.streaming.v1.StreamInit").setValue(
        init("one").getValue()).build();
    assertEquals("google.protobuf.Empty", StreamCall.begin(engine.channel, "third", full).message().orElseThrow().getTypeUrl());
  }

  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofHours(1);

  private static Any init(String name) {
    return Anys.wire(StreamInit.newBuilder().setId(name).build());
  }

  /** Serves streams alone. */
  private void serve(Streams streams, Use use) throws Exception {
    var listener = Listener.unix(root.resolve("short.sock"), Engine.offer(new StreamingApi(streams, FlowBudget.ofHeap())));
    var channel = engine.channel(root.resolve("short.sock"));
    try (listener) {
      use.with(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  /** What a test does. */
  @FunctionalInterface
  private interface Use {
    void with(Channel channel) throws Exception;
  }

  @Test
  void aStreamThatNobodyTakesEnds() throws Exception {
    serve(new Streams(new Streams.Patience(LONG, SHORT)), channel -> {
      for (int i = 0; i < 2; i++) { // the name is free again
        StreamCall call = StreamCall.begin(channel, "default", init("s"));
        assertTrue(call.message().isPresent());
        assertEquals(Status.Code.UNAVAILABLE, call.refused());
      }
    });
  }

  @Test
  void aStreamIsTakenOnce() throws Exception {
    var streams = new Streams(new Streams.Patience(LONG, LONG));
    serve(streams, channel -> {
      StreamCall call = StreamCall.begin(channel, "default", init("s"));
      assertTrue(call.message().isPresent());
      streams.take(Scope.root(), "s");
      assertThrows(io.gantry.api.ConflictException.class, () -> streams.take(Scope.root(), "s"));
      call.vanish();
    });
  }

  @Test
  void aCallThatNamesNoStreamEnds() throws Exception {
    serve(new Streams(new Streams.Patience(SHORT, LONG)), channel -> {
      StreamCall named = named(channel);
      Status told = StreamCall.silent(channel, "default").refusal();
      assertEquals(Status.Code.DEADLINE_EXCEEDED, told.getCode());
      assertEquals("a stream begins with a containerd.services.streaming.v1.StreamInit, and none came within 50 ms: deadline exceeded", told
          .getDescription());
      assertEquals(0, named.waiting(), "one that is named waits for its transfer");
      named.vanish();
    });
  }

  /** One that was named in time, which on a busy machine is not the first. */
  private static StreamCall named(Channel channel) throws InterruptedException {
    for (Instant end = Instant.now().plusSeconds(20); ; ) {
      StreamCall call = StreamCall.begin(channel, "default", init("s"));
      Object answer = call.next();
      if (answer instanceof Any) return call;
      boolean late = answer instanceof StatusRuntimeException e && e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
      if (!late || Instant.now().isAfter(end)) throw new AssertionError("expected a message, came " + answer);
    }
  }

  @Test
  void aCallThatEndsAtOnceWantedNothing() throws Exception {
    serve(new Streams(new Streams.Patience(LONG, LONG)), channel -> {
      StreamCall ends = StreamCall.silent(channel, "default");
      ends.complete();
      assertTrue(ends.message().isEmpty());
    });
  }

  /** A place is free again when its call ends, however, or a transfer takes the stream. */
  @Test
  void fewWaitInANamespace() throws Exception {
    var streams = new Streams(new Streams.Patience(LONG, LONG));
    serve(streams, channel -> {
      List<StreamCall> all = new ArrayList<>();
      for (int i = 0; i < Streams.MOST_WAITING; i++) {
        all.add(i % 2 == 0 ? StreamCall.silent(channel, "default") : StreamCall.begin(channel, "default", init("s" + i)));
      }
      for (int i = 1; i < all.size(); i += 2) assertTrue(all.get(i).message().isPresent());
      full(channel);
      assertTrue(StreamCall.begin(channel, "other", init("s")).message().isPresent(), "that is another's");
      streams.take(Scope.root(), "s1");
      opens(channel, "taken");
      full(channel);
      all.getFirst().complete();
      assertTrue(all.getFirst().message().isEmpty());
      opens(channel, "completed");
      all.get(2).send(StringValue.of("x"));
      assertEquals(Status.Code.INVALID_ARGUMENT, all.get(2).refused());
      opens(channel, "refused");
      all.get(3).vanish();
      all.get(4).vanish();
      for (int free = 0; free < 2; ) if (entered(streams)) free++;
      full(channel);
    });
  }

  private static boolean entered(Streams streams) {
    try {
      streams.enter(Scope.root());
      return true;
    } catch (ExhaustedException e) {
      Thread.onSpinWait(); // the server does not know yet
      return false;
    }
  }

  private static void full(Channel channel) throws InterruptedException {
    Status told = StreamCall.silent(channel, "default").refusal();
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, told.getCode());
    assertTrue(told.getDescription().startsWith("500 streams of namespace default wait for their transfers"), told.getDescription());
  }

  private static void opens(Channel channel, String name) throws InterruptedException {
    assertTrue(StreamCall.begin(channel, "default", init(name)).message().isPresent());
  }
}
