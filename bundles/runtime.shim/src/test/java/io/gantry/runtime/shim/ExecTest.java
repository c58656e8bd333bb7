package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Self;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Further processes in a container of the real shim and runc. */
class ExecTest extends Boxed {
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  @Test
  void execOfACommandThatIsNotThere() throws Exception {
    TaskId id = box.id("host");
    driver.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
    driver.start(id);
    TaskId exec = id.withExec("e");
    driver.exec(exec, box.process(false, "nothere"), Stdio.NONE);
    assertThrows(NotFoundException.class, () -> driver.start(exec), "T-7");
    driver.delete(exec);
    driver.exec(exec, box.process(false, "/etc/plain"), Stdio.NONE);
    assertThrows(DeniedException.class, () -> driver.start(exec), "T-7");
    driver.delete(exec);
    driver.signal(id, 9, true);
    Box.ended(driver, id);
    driver.delete(id);
  }

  /** As after a kill of the manager before the shim got it: there is a note, and no such process (T-2). */
  @Test
  void aNoteOfAnExecThatTheShimNeverGotIsReplaced() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    box.folder(id).noteExec(exec, box.toFile("never"));
    assertThrows(NotFoundException.class, () -> driver.state(exec));
    assertThrows(NotFoundException.class, () -> driver.delete(exec), "T-6");
    driver.exec(exec, box.process(false, "/bin/echo", "here"), box.toFile("exec-log"));
    assertEquals(box.toFile("exec-log"), driver.state(exec).stdio());
    driver.start(exec);
    Box.ended(driver, exec);
    driver.delete(exec);
    assertEquals("here\n", box.read("exec-log"));
    end(id);
  }

  @Test
  void anExecThatIsRefusedIsNotNoted() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    Typed nonsense = new Typed(Box.SPEC + "Process", "no JSON".getBytes(StandardCharsets.UTF_8));
    assertThrows(InvalidException.class, () -> driver.exec(exec, nonsense, box.toFile("exec-log")));
    assertEquals(Optional.empty(), box.folder(id).execStdio(exec));
    driver.signal(id, 9, true);
    Box.ended(driver, id);
    assertThrows(ConflictException.class, () -> driver.exec(exec, box.process(false, "/bin/true"), Stdio.NONE), "T-10");
    assertEquals(Optional.empty(), box.folder(id).execStdio(exec));
    driver.delete(id);
  }

  /** Neither its note nor, with a path that a shim cannot name, its links (T-10). */
  @Test
  void anExecOfAnIdThatIsTakenChangesNothing() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    driver.exec(exec, box.process(false, "/bin/echo", "mine"), box.toFile("100%first"));
    assertThrows(AlreadyExistsException.class, () -> driver.exec(exec, box.process(false, "/bin/true"), box.toFile("100%second")));
    assertEquals(box.toFile("100%first"), driver.state(exec).stdio());
    driver.start(exec);
    Box.ended(driver, exec);
    driver.delete(exec);
    assertEquals("mine\n", box.read("100%first"));
    assertFalse(Files.exists(box.dir.resolve("100%second")));
    end(id);
  }

  /** Several add a process of one id, and remove it, at once: who succeeds is who is noted. */
  @Test
  void ofSeveralExecsOfOneIdOneSucceeds() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    for (int round = 0; round < 30; round++) {
      List<Object> ends = Collections.synchronizedList(new ArrayList<>());
      List<Thread> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Stdio own = box.toFile("log-" + t);
        all.add(Thread.ofPlatform().start(() -> {
          try {
            box.driver().exec(exec, box.process(false, "/bin/true"), own);
            ends.add(own);
          } catch (AlreadyExistsException second) {
            assertTrue(second.getMessage().contains("process e of container test/host"), second.getMessage());
          } catch (IOException | RuntimeException e) {
            ends.add(e);
          }
        }));
      }
      for (Thread t : all) t.join();
      assertEquals(ends, List.of(driver.state(exec).stdio()), "round " + round);
      driver.delete(exec);
    }
    end(id);
  }

  /** One removes a process while another adds it anew: what the shim has is noted, whoever comes first. */
  @Test
  void aRemovalDoesNotForgetTheNextOfItsId() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    for (int round = 0; round < 100; round++) {
      driver.exec(exec, box.process(false, "/bin/true"), Stdio.NONE);
      Thread remover = Thread.ofPlatform().start(() -> {
        try {
          box.driver().delete(exec);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      Box.await(() -> added(exec), yes -> yes);
      remover.join();
      assertEquals(Status.CREATED, driver.state(exec).status(), "round " + round);
      driver.delete(exec);
    }
    end(id);
  }

  private boolean added(TaskId exec) throws IOException {
    try {
      driver.exec(exec, box.process(false, "/bin/true"), Stdio.NONE);
      return true;
    } catch (AlreadyExistsException notYet) {
      return false;
    }
  }

  /**
   * It was sent SIGSTOP: calls end with what to do, those too whose request is more than a socket's buffer takes; then all is as before.
   */
  @Test
  void aShimThatIsStoppedHoldsNobodyUp() throws Exception {
    TaskId id = box.id("host");
    TaskId exec = id.withExec("e");
    sleeper(id);
    Shim impatient = box.driver(Duration.ofMillis(500));
    Typed large = box.process(false, "/bin/true", "x".repeat(1 << 20));
    int shim = box.folder(id).note().orElseThrow().keeper().pid();
    Self.kill(shim, SIGSTOP);
    try {
      List<Executable> calls = List.of(() -> impatient.exec(exec, large, Stdio.NONE), () -> impatient.state(id),
          () -> impatient.signal(id, 15, false), () -> impatient.pids(id), () -> impatient.delete(id), () -> impatient.state(exec));
      for (Executable call : calls) {
        UnavailableException e = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertThrows(UnavailableException.class, call));
        for (String part : List.of("test/host", "within 500 ms", "is stopped", "kill -CONT " + shim)) {
          assertTrue(e.getMessage().contains(part), e.getMessage());
        }
      }
    } finally {
      Self.kill(shim, SIGCONT);
    }
    assertEquals(Status.RUNNING, driver.state(id).status());
    assertThrows(NotFoundException.class, () -> driver.state(exec), "it got a part of the request");
    driver.exec(exec, box.process(false, "/bin/sh", "-c", "exit 4"), Stdio.NONE);
    driver.start(exec);
    assertEquals(4, Box.ended(driver, exec).exit().orElseThrow().code());
    end(id);
  }

  private void sleeper(TaskId id) throws IOException {
    driver.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
    driver.start(id);
  }

  private void end(TaskId id) throws Exception {
    driver.signal(id, 9, true);
    Box.ended(driver, id);
    driver.delete(id);
    assertEquals(List.of(), box.left());
  }
}
