package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.commands.Console;
import io.gantry.commands.Golden;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Signals that come while another is passed on, and while the process ends: moments that a real one has too seldom. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamsTest {
  private static final Duration PATIENT = Duration.ofMinutes(10);
  private static final Exit EXIT = new Exit(7, Golden.UPDATED);
  private final BlockingQueue<Integer> passed = new LinkedBlockingQueue<>();
  private final CountDownLatch pass = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private final Semaphore told = new Semaphore(0);
  private final Semaphore silent = new Semaphore(0);
  private final AtomicReference<Error> odd = new AtomicReference<>();
  private final List<IntConsumer> signals = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CommandSession session = Golden.service(CommandSession.class, (_, args) -> args[0].equals(".gantry.signals") ? signals
      : null);
  private final Console console = new Console(session, InputStream.nullInputStream(), new PrintStream(OutputStream.nullOutputStream()),
      new PrintStream(err, true));

  /** Takes a signal, ends and falls silent when it is told to; all its waits end by interruption. */
  private final Attached process = new Attached() {
    @Override
    public OutputStream stdin() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream stdout() {
      return new InputStream() {
        @Override
        public int read() throws IOException {
          try {
            silent.acquire();
            return -1;
          } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
          }
        }
      };
    }

    @Override
    public InputStream stderr() {
      return InputStream.nullInputStream();
    }

    @Override
    public void resize(int columns, int rows) {
      // It has no terminal.
    }

    @Override
    public void signal(int number) throws IOException {
      passed.add(number);
      Error once = odd.getAndSet(null);
      if (once != null) throw once;
      StreamsTest.await(pass);
    }

    @Override
    public Exit await() throws IOException {
      StreamsTest.await(end);
      told.release();
      return EXIT;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  };

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  /** A verb at work; its answer is its code, once nothing interrupts what comes after. */
  private record Verb(FutureTask<Integer> code, Thread thread) {
    static Verb start(Callable<Integer> work) {
      var task = new FutureTask<>(() -> {
        int code = work.call();
        assertFalse(Thread.currentThread().isInterrupted(), "a late interruption is left");
        return code;
      });
      return new Verb(task, Thread.ofPlatform().start(task));
    }

    Verb interrupt() {
      while (thread.getState() != Thread.State.WAITING && thread.isAlive()) Thread.onSpinWait();
      thread.interrupt();
      return this;
    }

    /** Its end may not be seen yet, and then a signal is passed on. One interruption at a time: a second would end the last wait. */
    void interruptUntilItWaitsForTheOutput() {
      while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
        if (thread.getState() == Thread.State.WAITING && !thread.isInterrupted()) thread.interrupt();
        else Thread.onSpinWait();
      }
    }

    int end() throws Exception {
      return code.get(20, TimeUnit.SECONDS);
    }
  }

  private Verb join() {
    var wiring = new Streams.Wiring(false, false, true, PATIENT);
    return Verb.start(() -> Streams.join(process, console, new ExecFailure(""), wiring, process::signal));
  }

  private Verb visit() {
    return Verb.start(() -> Streams.visit(process, console, new Streams.Wiring(false, false, false, PATIENT)));
  }

  private int next() throws InterruptedException {
    Integer next = passed.poll(20, TimeUnit.SECONDS);
    if (next == null) throw new AssertionError("no signal came within 20 s");
    return next;
  }

  @Test
  void asManyAsTheUserSendsReachIt() throws Exception {
    Verb verb = join().interrupt();
    assertEquals(2, next());
    verb.interrupt();
    pass.countDown();
    assertEquals(15, next());
    signals.getFirst().accept(1);
    assertEquals(1, next());
    verb.interrupt();
    assertEquals(9, next());
    end.countDown();
    silent.release();
    assertEquals(7, verb.end());
    assertEquals("", err.toString());
  }

  @Test
  void aSignalThatFailsOddlyStopsNoOtherOne() throws Exception {
    pass.countDown();
    odd.set(new NoClassDefFoundError("io/gantry/Gone"));
    Verb verb = join().interrupt();
    assertEquals(2, next());
    verb.interrupt();
    assertEquals(15, next());
    assertEquals("signal 2 was not passed on: java.lang.NoClassDefFoundError: io/gantry/Gone\n", err.toString());
    end.countDown();
    silent.release();
    assertEquals(7, verb.end());
  }

  @Test
  void whoIsAttachedGoesAlsoWhileASignalIsPassedOn() throws Exception {
    Verb verb = visit().interrupt();
    assertEquals(2, next());
    IntConsumer client = signals.getFirst();
    for (int n : new int[] {15, 1, 13}) client.accept(n);
    assertEquals(129, verb.end());
    assertTrue(signals.isEmpty());
    pass.countDown();
    assertEquals(15, next(), "what was sent before is passed on");
    assertEquals("", err.toString());
  }

  @Test
  void aSignalWhileItEndsKeepsItsCode() throws Exception {
    pass.countDown();
    end.countDown();
    for (Supplier<Verb> start : List.<Supplier<Verb>>of(this::join, this::visit)) { // one at a time: the other would take its silence
      Verb verb = start.get();
      told.acquire();
      verb.interruptUntilItWaitsForTheOutput();
      silent.release();
      assertEquals(7, verb.end());
    }
    assertEquals("", err.toString());
  }

  @Test
  void outputThatDoesNotEndKeepsNobody() throws Exception {
    pass.countDown();
    end.countDown();
    Verb verb = join();
    while (verb.thread.isAlive()) {
      verb.thread.interrupt();
      verb.thread.join(100);
    }
    assertInstanceOf(InterruptedIOException.class, assertThrows(ExecutionException.class, verb::end).getCause());
  }
}
