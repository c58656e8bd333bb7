package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.wire.containers.Container;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.containers.CreateContainerRequest;
import io.gantry.wire.containers.DeleteContainerRequest;
import io.gantry.wire.logs.LogsGrpc;
import io.gantry.wire.logs.ReadLogRequest;
import io.gantry.wire.logs.ReadLogResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A container's log by the service of ours. What is written meanwhile is {@code LogsTest} of remote's. */
class LogsApiTest {
  private static final int LENGTH = 3 << 20;
  private static final long BUDGET = 4 << 20;
  private static final int READERS = 60;
  @TempDir Path root;
  private final FlowBudget budget = new FlowBudget(BUDGET);
  private byte[] bytes;
  private Path log;
  private Engine engine;
  private Listener listener;

  @BeforeEach
  void open() throws Exception {
    engine = new Engine(root);
    var spec = Any.newBuilder().setTypeUrl("types.containerd.io/opencontainers/runtime-spec/1/Spec")
        .setValue(ByteString.copyFromUtf8("{}"));
    Container c = Container.newBuilder().setId("c").setRuntime(Container.Runtime.newBuilder().setName("io.containerd.runc.v2"))
        .setSpec(spec).build();
    containers().create(CreateContainerRequest.newBuilder().setContainer(c).build());
    bytes = new byte[LENGTH];
    new Random(7).nextBytes(bytes);
    log = Files.createDirectories(engine.root.resolve("log/containers/default")).resolve("c.log");
    Files.write(log, bytes);
    listener = Listener.unix(root.resolve("logs.sock"), Engine.offer(new LogsApi(engine.tasks, budget)));
  }

  @AfterEach
  void close() throws Exception {
    listener.close();
    engine.close();
  }

  private ContainersGrpc.ContainersBlockingStub containers() {
    return Engine.in("default", ContainersGrpc.newBlockingStub(engine.channel));
  }

  private static ReadLogRequest from(long offset) {
    return ReadLogRequest.newBuilder().setContainerId("c").setOffset(offset).build();
  }

  private ByteString read(ManagedChannel channel, ReadLogRequest request, long begin) {
    Iterator<ReadLogResponse> answers = Engine.in("default", LogsGrpc.newBlockingStub(channel)).withDeadlineAfter(20, TimeUnit.SECONDS)
        .read(request);
    assertEquals(ReadLogResponse.newBuilder().setOffset(begin).build(), answers.next());
    ByteString all = ByteString.EMPTY;
    while (answers.hasNext()) {
      ReadLogResponse piece = answers.next();
      assertEquals(begin + all.size(), piece.getOffset());
      all = all.concat(piece.getData());
    }
    return all;
  }

  private Status refused(ReadLogRequest request) {
    return assertThrows(StatusRuntimeException.class, () -> read(engine.channel, request, 0)).getStatus();
  }

  @Test
  void isReadFromAnywhereInIt() throws Exception {
    assertEquals(ByteString.copyFrom(bytes), read(engine.channel, from(0), 0));
    assertEquals(ByteString.copyFrom(bytes, 70_000, LENGTH - 70_000), read(engine.channel, from(70_000), 70_000));
    assertEquals(ByteString.EMPTY, read(engine.channel, from(LENGTH), LENGTH));
    assertEquals(ByteString.EMPTY, read(engine.channel, from(-1), LENGTH));
    Status past = refused(from(LENGTH + 5));
    assertEquals(Status.Code.OUT_OF_RANGE, past.getCode());
    assertEquals("read the log of container 'c' from 3145733 on: it has 3145728 bytes: out of range", past.getDescription());
    assertEquals(Status.Code.NOT_FOUND, refused(ReadLogRequest.newBuilder().setContainerId("d").build()).getCode());
    containers().delete(DeleteContainerRequest.newBuilder().setId("c").build());
    assertTrue(Files.notExists(log));
    assertEquals(Status.Code.NOT_FOUND, refused(from(0)).getCode());
  }

  private void used(long least, long most, String when) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (budget.used() < least || budget.used() > most) {
      assertTrue(Instant.now().isBefore(end), budget.used() + " bytes are in use " + when);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  @Test
  void readersThatStallKeepNoMoreThanThereIs() throws Exception {
    ManagedChannel many = engine.channel(root.resolve("logs.sock"));
    ManagedChannel one = engine.channel(root.resolve("logs.sock"));
    try {
      List<StalledCall<ReadLogRequest, ReadLogResponse>> stalled = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        stalled.add(new StalledCall<>());
        Engine.in("default", LogsGrpc.newStub(many)).read(from(0), stalled.getLast());
      }
      used(READERS * FlowBudget.SMALL / 2, BUDGET, "by readers that stall");
      assertEquals(ByteString.copyFrom(bytes), read(one, from(0), 0));
      for (var s : stalled) s.cancel();
      used(0, 0, "by readers that are gone");
    } finally {
      many.shutdownNow();
      one.shutdownNow();
    }
  }
}
