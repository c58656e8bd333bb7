package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.wire.tasks.CreateTaskRequest;
import io.gantry.wire.tasks.ResizePtyRequest;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.types.Descriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of tasks is refused before anything is made; what they do is tested with real clients, in {@code itest}. */
class TasksApiTest {
  @TempDir Path root;

  @Test
  void aWayThatThisManagerDoesNotGoIsRefusedAndNotPassedOver() throws Exception {
    try (var engine = new Engine(root)) {
      var tasks = Engine.in("default", TasksGrpc.newBlockingStub(engine.channel));
      CreateTaskRequest made = CreateTaskRequest.newBuilder().setContainerId("c").build();
      assertEquals(Status.Code.NOT_FOUND, refused(tasks, made).getCode());
      Status path = refused(tasks, made.toBuilder().setRuntimePath("/opt/shim").build());
      assertEquals(Status.Code.UNIMPLEMENTED, path.getCode());
      assertTrue(path.getDescription().contains("runtime_path '/opt/shim'") && path.getDescription().contains("set shim.path"),
          path.getDescription());
      assertEquals(Status.Code.UNIMPLEMENTED, refused(tasks, made.toBuilder().setCheckpoint(Descriptor.getDefaultInstance()).build())
          .getCode());
    }
  }

  /** Whether there is one is asked before how large its terminal is to be. */
  @Test
  void aTaskIsLookedForBeforeTheSizeOfItsTerminal() throws Exception {
    try (var engine = new Engine(root)) {
      var tasks = Engine.in("default", TasksGrpc.newBlockingStub(engine.channel));
      var none = ResizePtyRequest.newBuilder().setContainerId("none").build();
      assertEquals(Status.Code.NOT_FOUND, assertThrows(StatusRuntimeException.class, () -> tasks.resizePty(none)).getStatus().getCode());
    }
  }

  private static Status refused(TasksGrpc.TasksBlockingStub tasks, CreateTaskRequest request) {
    return assertThrows(StatusRuntimeException.class, () -> tasks.create(request)).getStatus();
  }
}
