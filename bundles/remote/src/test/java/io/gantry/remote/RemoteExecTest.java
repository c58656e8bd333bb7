package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.kit.image.Programs;
import io.gantry.kit.world.Containerd;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcesses;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One more process whose start fails for who asked, with a Gantry and with containerd. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RemoteExecTest {
  private static final Scope SCOPE = Scope.root().withNamespace("exec");
  private static final ProcessRef E = new ProcessRef("c", "e");
  private static final Typed SLEEP = new Typed("types.containerd.io/opencontainers/runtime-spec/1/Process", ("{\"user\":{\"uid\":0,"
      + "\"gid\":0},\"args\":[\"/bin/sleep\",\"1000\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}").getBytes(StandardCharsets.UTF_8));
  @TempDir Path root;

  /** The real ones; the manager has done the call when its caller is interrupted, which never hears of it. */
  private static TaskProcesses interruptedAt(String call, TaskProcesses real) {
    return (TaskProcesses) Proxy.newProxyInstance(TaskProcesses.class.getClassLoader(), new Class<?>[] {TaskProcesses.class},
        (proxy, method, args) -> {
          try {
            Object answer = method.invoke(real, args);
            if (!method.getName().equals(call)) return answer;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("a call was interrupted");
        });
  }

  private void start(TaskProcesses processes) throws IOException {
    try (Pipes pipes = Pipes.make(root, false, false)) {
      RemoteExec.start(processes, SCOPE, E, SLEEP, pipes);
    }
  }

  private void isTakenBack(RemoteManager manager) throws IOException {
    for (String call : List.of("add", "start")) {
      var e = assertThrows(InterruptedIOException.class, () -> start(interruptedAt(call, manager.processes())), call);
      assertTrue(Thread.interrupted(), "the flag stays");
      assertEquals("[]", Arrays.toString(e.getSuppressed()), call);
      assertEquals(Optional.empty(), ((RemoteTaskProcesses) manager.processes()).find(SCOPE, E), call);
      assertEquals(1, manager.processes().pids(SCOPE, "c").size(), call);
    }
    start(manager.processes());
    assertThrows(AlreadyExistsException.class, () -> start(manager.processes()));
    assertEquals(Status.RUNNING, manager.processes().get(SCOPE, E).status(), "another's is ended");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatFailsIsTakenBack(boolean gantry) throws Exception {
    for (String p : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(p).isPresent(), "no " + p + " in the PATH or beneath GANTRY_TOOLS");
    }
    assumeTrue(gantry || Containerd.missing().isEmpty(), () -> Containerd.missing().orElseThrow());
    Engine engine = gantry ? new Engine(root.resolve("engine")) : null;
    Containerd debian = gantry ? null : new Containerd();
    try (AutoCloseable e = engine; AutoCloseable d = debian;
        var manager = RemoteManager.connect(gantry ? engine.address() : Address.parse("unix://" + debian.socket()))) {
      var client = new OtherClient(manager, SCOPE, root.resolve("client"));
      try {
        client.start("c", Stdio.NONE, "sleep 1000");
        isTakenBack(manager);
      } finally {
        client.remove("c");
      }
    }
  }
}
