package io.gantry.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ProgramTest {
  @Test
  void whatCtrlCDidIsNoFailure() {
    assertTrue(Program.interrupted(new ClosedByInterruptException()));
    assertTrue(Program.interrupted(new IOException("pushing failed", new ClosedByInterruptException())));
    assertTrue(Program.interrupted(new IOException("'gantry dist:pull x' ended with code 130: dist:pull: interrupted")));
    assertFalse(Program.interrupted(new IOException("'gantry dist:pull x' ended with code 1: there is no x")));
  }

  /** A step that is cut short would leave something behind. */
  @Test
  void theCleanupIsNotInterrupted() throws Exception {
    List<String> done = new ArrayList<>();
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    Thread worker = Thread.ofPlatform().start(() -> {
      Program.apart(() -> {
        begun.countDown();
        try {
          go.await();
          done.add("all");
        } catch (InterruptedException e) {
          done.add("interrupted");
        }
      });
      done.add(Thread.currentThread().isInterrupted() ? "told afterwards" : "forgotten");
    });
    begun.await();
    worker.interrupt();
    while (worker.isInterrupted()) Thread.onSpinWait();
    go.countDown();
    worker.join();
    assertEquals(List.of("all", "told afterwards"), done);
  }
}
