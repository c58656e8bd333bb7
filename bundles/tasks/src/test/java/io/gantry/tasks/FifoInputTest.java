package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.kit.image.Programs;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Input of a process that does not read, from a virtual thread, as the shell's commands write it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FifoInputTest {
  private static final int SECONDS = 10;
  @TempDir Path root;
  private FifoInput in;
  private FutureTask<Void> writing;
  private Thread writer;

  @BeforeEach
  void fill() throws Exception {
    Path fifo = root.resolve("stdin");
    Programs.output("mkfifo", fifo.toString());
    in = new FifoInput(fifo, null, TaskId.of("n", "c"), true);
    writing = new FutureTask<>(() -> {
      in.write(new byte[1 << 20]);
      return null;
    });
    writer = Thread.ofVirtual().start(writing);
    while (Thread.getAllStackTraces().entrySet().stream().noneMatch(t -> t.getKey().getName().equals("fifo-stdin")
        && t.getValue().length > 0 && t.getValue()[0].isNativeMethod())) {
      TimeUnit.MILLISECONDS.sleep(5); // it waits for room
    }
  }

  private Throwable failed() {
    return assertThrows(ExecutionException.class, () -> writing.get(SECONDS, TimeUnit.SECONDS)).getCause();
  }

  @Test
  void leavingItEndsAWriteThatWaits() throws IOException {
    in.leave();
    assertInstanceOf(ClosedChannelException.class, failed());
  }

  @Test
  void anInterruptionEndsAWriteThatWaits() {
    writer.interrupt();
    Throwable e = failed();
    assertInstanceOf(InterruptedIOException.class, e);
    assertEquals("writing the input of n/c was interrupted", e.getMessage());
  }
}
