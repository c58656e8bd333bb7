package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentResponse;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
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

/** Clients that send much at once, to a server with little memory for that. */
class InflowTest {
  private static final int MESSAGE = 3 << 20;
  private static final long BUDGET = 8 << 20;
  private static final int WRITES = 40;
  @TempDir Path root;
  private final InflowBudget budget = new InflowBudget(BUDGET, System::nanoTime);
  private final byte[] bytes = new byte[MESSAGE];
  private Engine engine;
  private Listener listener;
  private ManagedChannel many;
  private ManagedChannel one;

  @BeforeEach
  void open() throws Exception {
    engine = new Engine(root);
    new Random(7).nextBytes(bytes);
    Path socket = root.resolve("inflow.sock");
    listener = Listener.unix(socket, new Listener.Offer(List.of(new ContentApi(engine.contents, FlowBudget.ofHeap(), new ReadAhead()),
        new VersionApi("1.2.3", "")), budget));
    many = engine.channel(socket);
    one = engine.channel(socket);
  }

  @AfterEach
  void close() throws Exception {
    many.shutdownNow();
    one.shutdownNow();
    listener.close();
    engine.close();
  }

  private WriteCall write(ManagedChannel channel) {
    return new WriteCall(Engine.in("default", ContentGrpc.newStub(channel)));
  }

  private void unused(String when) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (budget.used() > 0) {
      assertTrue(Instant.now().isBefore(end), budget.used() + " bytes are in use " + when);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  @Test
  void whatThereIsNoRoomForIsRefusedAndGoesOnLater() throws Exception {
    List<WriteCall> writes = new ArrayList<>();
    for (int i = 0; i < WRITES; i++) {
      writes.add(write(many));
      assertEquals(1000, writes.get(i).say(WriteCall.data(0, new byte[1000]).setRef("w" + i)).getOffset());
    }
    for (WriteCall w : writes) w.send(WriteCall.data(1000, bytes));
    int whole = 0;
    List<Integer> refused = new ArrayList<>();
    for (int i = 0; i < WRITES; i++) {
      Object said = writes.get(i).next();
      if (said instanceof WriteContentResponse answer) {
        assertEquals(1000 + MESSAGE, answer.getOffset());
        whole++;
        continue;
      }
      Status status = ((StatusRuntimeException) said).getStatus();
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode(), status.toString());
      assertTrue(status.getDescription().endsWith("several smaller ones: resource exhausted"), status.getDescription());
      refused.add(i);
    }
    System.out.println(whole + " of " + WRITES + " writes were not refused");
    assertTrue(whole > 0, "none was written");
    assertTrue(!refused.isEmpty(), "none was refused");
    for (int i : refused) {
      WriteCall again = write(one);
      assertEquals(1000, again.say(WriteCall.message(WriteAction.STAT, "w" + i)).getOffset(), "what it had written");
      assertEquals(1000 + MESSAGE, again.say(WriteCall.data(1000, bytes)).getOffset());
      again.complete();
    }
    unused("by writes that wait for their clients");
    many.shutdownNow();
    unused("by clients that are gone");
  }

  /** A message is counted until its call asks for the next. */
  @Test
  void manyMessagesOneAfterTheOtherTakeTheRoomOfOne() throws Exception {
    WriteCall w = write(one);
    for (int i = 0; i < 2 * BUDGET / MESSAGE; i++) {
      assertEquals((i + 1L) * MESSAGE, w.say(WriteCall.data((long) i * MESSAGE, bytes).setRef("long")).getOffset());
      assertTrue(budget.used() <= MESSAGE + 100, budget.used() + " bytes after " + (i + 1) + " messages");
    }
    w.complete();
    unused("by a write that ended");
  }

  /** It would be larger than it is counted. */
  @Test
  void aPackedMessageIsRefused() {
    var e = assertThrows(StatusRuntimeException.class, () -> VersionGrpc.newBlockingStub(one)
        .withCompression("gzip").withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, e.getStatus().getCode(), e.toString());
  }
}
