package io.gantry.content;

import static io.gantry.content.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.content.DigestLocks.Held;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DigestLocksTest {
  private static final Digest A = World.digest(new byte[] {1});
  private static final Digest B = World.digest(new byte[] {2});
  private static final Digest C = World.digest(new byte[] {3});
  private final DigestLocks locks = new DigestLocks();

  private static <R> R elsewhere(Callable<R> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task.get(20, TimeUnit.SECONDS);
  }

  /** It is free, for which no time is needed. */
  private void held(Digest digest) throws Exception {
    elsewhere(() -> {
      locks.hold(SCOPE.within(Duration.ZERO), digest).close();
      return true;
    });
  }

  private UnavailableException refused(List<Digest> digests) throws Exception {
    return elsewhere(() -> assertThrows(UnavailableException.class, () -> locks.hold(SCOPE.within(Duration.ofMillis(50)), digests)));
  }

  /** And holds nothing then of what it wanted together. */
  @Test
  void nobodyWaitsBeyondItsDeadline() throws Exception {
    for (Digest taken : List.of(A, B, C)) {
      try (Held held = locks.hold(SCOPE, taken)) {
        assertEquals("the time for it was up while it waited for another call that works on blob " + taken,
            refused(List.of(A, B, C)).getMessage());
        for (Digest free : List.of(A, B, C)) if (!free.equals(taken)) held(free);
      }
    }
  }

  @Test
  void anInterruptionEndsAWait() throws Exception {
    try (Held held = locks.hold(SCOPE, A)) {
      assertTrue(elsewhere(() -> {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedIOException.class, () -> locks.hold(SCOPE, A));
        return Thread.interrupted();
      }), "it stays interrupted");
    }
    held(A);
  }
}
