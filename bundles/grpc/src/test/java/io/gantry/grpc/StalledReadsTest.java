package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.ReadContentResponse;
import io.gantry.wire.content.WriteAction;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that stall, of a server with little memory for them. */
class StalledReadsTest {
  private static final int BLOB = 3 << 20;
  private static final long BUDGET = 4 << 20;
  @TempDir Path root;
  private final FlowBudget budget = new FlowBudget(BUDGET);
  private byte[] bytes;
  private String digest;
  private Engine engine;
  private Listener listener;

  @BeforeEach
  void open() throws Exception {
    engine = new Engine(root);
    bytes = new byte[BLOB];
    new Random(5).nextBytes(bytes);
    WriteCall w = new WriteCall(Engine.in("default", ContentGrpc.newStub(engine.channel)));
    w.say(WriteCall.data(0, bytes).setRef("r"));
    digest = w.say(WriteCall.message(WriteAction.COMMIT, "r").setOffset(BLOB)).getDigest();
    listener = Listener.unix(root.resolve("reads.sock"), Engine.offer(new ContentApi(engine.contents, budget, new ReadAhead())));
  }

  @AfterEach
  void close() throws Exception {
    listener.close();
    engine.close();
  }

  private ByteString read(ContentGrpc.ContentBlockingStub content, long offset, long size) {
    ByteString all = ByteString.EMPTY;
    var pieces = content.withDeadlineAfter(20, TimeUnit.SECONDS).read(ReadContentRequest.newBuilder().setDigest(digest).setOffset(offset)
        .setSize(size).build());
    while (pieces.hasNext()) {
      ReadContentResponse piece = pieces.next();
      assertEquals(offset + all.size(), piece.getOffset());
      all = all.concat(piece.getData());
    }
    return all;
  }

  private void used(long least, long most, String when) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (budget.used() < least || budget.used() > most) {
      assertTrue(Instant.now().isBefore(end), budget.used() + " bytes are in use " + when);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  @Test
  void theyKeepNoMoreThanThereIsAndAreInNobodysWay() throws Exception {
    ManagedChannel many = engine.channel(root.resolve("reads.sock"));
    ManagedChannel one = engine.channel(root.resolve("reads.sock"));
    try {
      var content = Engine.in("default", ContentGrpc.newBlockingStub(one));
      List<StalledCall<ReadContentRequest, ReadContentResponse>> stalled = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        stalled.add(new StalledCall<>());
        Engine.in("default", ContentGrpc.newStub(many)).read(ReadContentRequest.newBuilder().setDigest(digest).build(), stalled.getLast());
      }
      used(BUDGET - FlowBudget.SMALL, BUDGET, "by readers that stall");
      assertEquals(ByteString.copyFrom(bytes), read(content, 0, 0));
      for (int at = 0; at < 10 << 15; at += 1 << 15) assertEquals(ByteString.copyFrom(bytes, at, 1 << 15), read(content, at, 1 << 15));
      for (var s : stalled) s.cancel();
      used(0, 0, "by readers that are gone");
      assertEquals(ByteString.copyFrom(bytes), read(content, 0, 0));
      for (int at = 0; at < 10 << 15; at += 1 << 15) assertEquals(ByteString.copyFrom(bytes, at, 1 << 15), read(content, at, 1 << 15));
      used(0, 0, "by readers that have all");
    } finally {
      many.shutdownNow();
      one.shutdownNow();
    }
  }
}
