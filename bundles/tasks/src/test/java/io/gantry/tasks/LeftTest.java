package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a runtime goes on with when its caller has left. */
class LeftTest extends UnsteadyHost {
  /** A caller that leaves while its runtime is at work: it is told at once, and what was made is taken back when that has answered. */
  private void leaves(String step, Callable<?> call, Class<? extends IOException> told) throws Exception {
    var made = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Object real = drivers.around((name, given) -> { }, (name, given) -> {
      if (!name.equals(step)) return;
      made.countDown();
      goOn.await();
    });
    var interrupted = new AtomicBoolean();
    var answer = new FutureTask<Object>(() -> {
      try {
        return call.call();
      } finally {
        interrupted.set(Thread.currentThread().isInterrupted());
      }
    });
    Thread caller = Thread.ofVirtual().start(answer);
    try {
      assertTrue(made.await(20, TimeUnit.SECONDS), "it comes to " + step);
      if (told == InterruptedIOException.class) caller.interrupt();
      var e = assertThrows(ExecutionException.class, () -> answer.get(40, TimeUnit.SECONDS));
      assertEquals(told, e.getCause().getClass(), e.getCause().toString());
      assertEquals(told == InterruptedIOException.class, interrupted.get(), "it stays as it was");
      assertThrows(AlreadyExistsException.class, call::call);
    } finally {
      goOn.countDown();
      drivers.put(UnsteadyDrivers.RUNTIME, real, Map.of());
    }
  }

  /** Enough to come to the step: what comes before it ends with the deadline, and nothing is to be taken back then. */
  private Scope hasty() {
    return SCOPE.within(Duration.ofSeconds(10));
  }

  @Test
  void nothingIsLeftOfAContainerWhoseCallerLeft() throws Exception {
    for (String step : List.of("create", "start")) {
      leaves(step, () -> host.tasks.run(SCOPE, Host.script("c", "sleep 1000")), InterruptedIOException.class);
      Host.await(host::left, List.of()::equals);
      assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "c"));
      assertEquals(List.of(), host.tasks.list(SCOPE, "", 10));
      leaves(step, () -> host.tasks.runAttached(hasty(), Host.script("c", "sleep 1000")), UnavailableException.class);
      Host.await(host::left, List.of()::equals);
      host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
      host.tasks.delete(SCOPE, "c", true);
    }
  }

  @Test
  void nothingIsLeftOfAProcessWhoseCallerLeft() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    List<String> before = host.left();
    String sleeps = "sleep 4243." + ProcessHandle.current().pid(); // of this build alone
    for (String step : List.of("exec", "start")) {
      leaves(step, () -> host.tasks.exec(SCOPE, Host.exec("c", "e", "exec " + sleeps)), InterruptedIOException.class);
      Host.await(host::left, before::equals);
      leaves(step, () -> host.tasks.exec(hasty(), Host.exec("c", "e", "exec " + sleeps)), UnavailableException.class);
      Host.await(host::left, before::equals);
      assertEquals(List.of(), Host.processes(sleeps));
      assertEquals(List.of(0, "again\n", ""), Host.outcome(host.tasks.exec(SCOPE, Host.exec("c", "e", "echo again"))));
    }
  }

  /** As where its driver is replaced and given up in the midst of the call. */
  @Test
  void nothingIsLeftOfWhatIsMadeWithoutAnAnswer() throws Exception {
    var step = new AtomicReference<>("create");
    drivers.around((name, given) -> { }, (name, given) -> {
      if (name.equals(step.get())) throw new UnavailableException("whether it took effect is not known");
    });
    assertThrows(UnavailableException.class, () -> host.tasks.run(SCOPE, Host.script("c", "sleep 1000")));
    assertEquals(List.of(), host.left());
    step.set("exec");
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    List<String> before = host.left();
    assertThrows(UnavailableException.class, () -> host.tasks.exec(SCOPE, Host.exec("c", "e", "sleep 1000")));
    assertEquals(before, host.left());
    step.set("");
    assertEquals(List.of(0, "again\n", ""), Host.outcome(host.tasks.exec(SCOPE, Host.exec("c", "e", "echo again"))));
  }

  /** As where the driver of records is replaced in the midst of a commit. */
  @Test
  void nothingIsLeftOfWhatIsWrittenDownWithoutAnAnswer() throws Exception {
    UnsteadyDrivers.Look tree = () -> host.snapshots.find(SCOPE, "overlayfs", "c").isPresent();
    UnsteadyDrivers.Look record = () -> host.containers.find(SCOPE, "c").isPresent();
    UnsteadyDrivers.Look row = () -> TaskRow.find(host.table, SCOPE, "c").isPresent();
    for (UnsteadyDrivers.Look each : List.of(tree, record, row)) {
      drivers.unanswered = each;
      assertThrows(UnavailableException.class, () -> host.tasks.run(SCOPE, Host.script("c", "sleep 1000")));
      assertEquals(List.of(false, false, false), List.of(tree.is(), record.is(), row.is()));
      assertEquals(List.of(), host.left());
    }
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
  }

  /** Whoever would make one does not say whether it is there already. */
  @Test
  void aSnapshotOfAnotherIsNotTakenBack() throws Exception {
    host.tasks.run(SCOPE, Host.script("first", "sleep 1000")); // so that all is unpacked
    host.snapshots.prepare(SCOPE, "overlayfs", "c", Optional.empty(), Map.of());
    drivers.unanswered = () -> StackWalker.getInstance().walk(s -> s.anyMatch(f -> f.getMethodName().equals("prepare")));
    assertThrows(AlreadyExistsException.class, () -> host.tasks.run(SCOPE, Host.script("c", "sleep 1000")));
    assertTrue(host.snapshots.find(SCOPE, "overlayfs", "c").isPresent());
  }

  /** The end of this part of the manager waits for what is taken back. */
  @Test
  void whatIsBeingMadeIsTakenBackBeforeTheEnd() throws Exception {
    var made = new CountDownLatch(1);
    drivers.around((name, given) -> { }, (name, given) -> {
      if (!name.equals("create")) return;
      made.countDown();
      Thread.sleep(1_000);
    });
    var running = new FutureTask<>(() -> host.tasks.run(SCOPE, Host.script("c", "sleep 1000")));
    Thread caller = Thread.ofVirtual().start(running);
    made.await();
    caller.interrupt();
    assertThrows(ExecutionException.class, running::get);
    host.close();
    host = new Host(root);
    assertEquals(List.of(), host.tasks.list(SCOPE, "", 10));
    assertEquals(List.of(), host.left());
  }
}
