package io.gantry.oci.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class CleanUpTest {
  private static final Scope SCOPE = Scope.root().withNamespace("k8s.io").withLease("l");
  private final List<String> seen = new CopyOnWriteArrayList<>();

  /** Before it and in its midst: the work is not told, its caller is afterwards. */
  @Test
  void anInterruptionIsKeptForLater() throws Exception {
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    var task = new FutureTask<>(() -> {
      Thread.currentThread().interrupt();
      CleanUp.run(SCOPE, last -> {
        begun.countDown();
        try {
          seen.add("in time: " + go.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
          seen.add("interrupted");
        }
      });
      return Thread.interrupted();
    });
    Thread caller = Thread.ofVirtual().start(task);
    assertTrue(begun.await(10, TimeUnit.SECONDS));
    caller.interrupt();
    assertThrows(TimeoutException.class, () -> task.get(100, TimeUnit.MILLISECONDS), "it waits for the work");
    go.countDown();
    assertTrue(task.get(10, TimeUnit.SECONDS), "as interrupted as before");
    assertEquals(List.of("in time: true"), seen);
  }

  @Test
  void whatTheWorkThrowsIsThrown() throws IOException {
    for (Exception e : List.of(new IOException("a"), new IllegalStateException("b"))) {
      assertSame(e, assertThrows(Exception.class, () -> CleanUp.run(SCOPE, last -> {
        if (e instanceof IOException io) throw io;
        throw (RuntimeException) e;
      })));
    }
    Error error = new StackOverflowError();
    assertSame(error, assertThrows(Error.class, () -> CleanUp.run(SCOPE, last -> {
      throw error;
    })));
    assertFalse(Thread.interrupted());
  }

  @Test
  void whatGoesWrongIsKeptByTheReason() {
    var why = new IOException("why");
    var wrong = new IOException("wrong");
    CleanUp.after(why, SCOPE, last -> seen.add("done"));
    CleanUp.after(why, SCOPE, last -> {
      throw wrong;
    });
    assertEquals(List.of("done"), seen);
    assertEquals(List.of(wrong), List.of(why.getSuppressed()));
  }

  /** As that of a call whose time is up. */
  @Test
  void itsScopeHasNoDeadline() throws IOException {
    Scope late = SCOPE.within(Duration.ofSeconds(-1));
    CleanUp.run(late, last -> seen.add(last.toString()));
    CleanUp.after(new IOException("why"), late, last -> seen.add(last.toString()));
    assertEquals(List.of(SCOPE.toString(), SCOPE.toString()), seen);
  }
}
