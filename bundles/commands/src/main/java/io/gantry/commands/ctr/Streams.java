package io.gantry.commands.ctr;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.commands.Console;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the user's streams with those of a process until it ends. An interruption (Ctrl-C without a terminal) becomes SIGINT, the second
 * SIGTERM, further ones SIGKILL; other signals that the user's client gets are passed on as they are. Where nobody reads the output any
 * more, as behind head, SIGPIPE would end a process on the host at its next word. The first process of a container ignores it, as all
 * signals that it does not catch: so it gets SIGTERM, and SIGKILL a moment later.
 */
final class Streams {
  /** Sends a signal to the process. */
  @FunctionalInterface
  interface Kill {
    void signal(int number) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Streams.class);
  private static final int[] SIGNALS = {2, 15, 9};
  private static final int SIGHUP = 1;
  private static final int SIGPIPE = 13;
  private static final Duration UNREAD = Duration.ofSeconds(3);
  private static final byte CTRL_D = 4;

  private Streams() {}

  /** Of a process that was made for this user: where he goes, it is told, and is not to live on by mistake. */
  static int join(Attached process, Console console, ExecFailure exec, boolean terminal, boolean stdin, Kill kill) throws IOException {
    var streams = new Joined(process, console, exec, new Wiring(terminal, stdin, true));
    var ended = new CountDownLatch(1);
    IntConsumer signals = n -> Thread.ofVirtual().name("ctr-signal").start(() -> {
      if (n == SIGPIPE) unread(ended, kill, console);
      else pass(n, kill, console);
    });
    try {
      Exit exit = streams.until(signals, () -> {
        Exit how = await(process, kill);
        ended.countDown();
        return how;
      });
      return exec.code(exit.code());
    } finally {
      streams.leave(signals);
    }
  }

  /** Of a process that others made, and that goes on where this user goes: neither is it told, nor does its input end with his. */
  static int visit(Attached process, Console console, boolean terminal, boolean stdin) throws IOException {
    var streams = new Joined(process, console, new ExecFailure(""), new Wiring(terminal, stdin, false));
    var left = new AtomicInteger();
    Thread here = Thread.currentThread();
    IntConsumer signals = n -> {
      if (n == SIGHUP || n == SIGPIPE) {
        left.compareAndSet(0, n);
        here.interrupt();
      } else {
        Thread.ofVirtual().name("ctr-signal").start(() -> pass(n, process::signal, console));
      }
    };
    try {
      return streams.until(signals, () -> stay(process, left, console)).code();
    } catch (Left e) {
      return 128 + left.get();
    } finally {
      streams.leave(signals);
    }
  }

  /** Whoever was attached goes. */
  private static final class Left extends IOException {
    private static final long serialVersionUID = 1;

    Left(Throwable cause) {
      super("left", cause);
    }
  }

  /** Ctrl-C is the process' own affair, as often as it comes. */
  private static Exit stay(Attached process, AtomicInteger left, Console console) throws IOException {
    while (true) {
      try {
        return process.await();
      } catch (InterruptedIOException e) {
        Thread.interrupted();
        if (left.get() != 0) throw new Left(e);
        pass(SIGNALS[0], process::signal, console);
      }
    }
  }

  /** Waits for the end. */
  @FunctionalInterface
  private interface Waiting {
    Exit end() throws IOException;
  }

  /**
   * Which streams there are.
   *
   * @param terminal whether the process has one
   * @param stdin whether the user's input is passed on
   * @param ends whether the end of it is, too
   */
  private record Wiring(boolean terminal, boolean stdin, boolean ends) {}

  /** The user's streams beside those of a process. */
  private static final class Joined {
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final Attached process;
    private final Console console;
    private final Wiring wiring;
    private final Thread out;
    private final Thread err;
    private final Thread in;
    private final Consumer<int[]> resize;

    Joined(Attached process, Console console, ExecFailure exec, Wiring wiring) throws IOException {
      this.process = process;
      this.console = console;
      this.wiring = wiring;
      out = pump("stdout", process.stdout(), console.out(), exec, failure);
      err = wiring.terminal() ? null : pump("stderr", process.stderr(), console.err(), exec, failure);
      in = wiring.stdin() ? input(process, console, wiring) : null;
      resize = size -> resize(process, size[0], size[1]);
    }

    Exit until(IntConsumer signals, Waiting waiting) throws IOException {
      console.onSignal(signals);
      if (wiring.terminal()) {
        console.onResize(resize);
        resize.accept(new int[] {console.columns(), console.rows()}); // since the request was made with it, it may have changed
      }
      Exit exit = waiting.end();
      finish(out);
      if (err != null) finish(err);
      if (failure.get() != null) throw failure.get();
      return exit;
    }

    void leave(IntConsumer signals) {
      console.offResize(resize);
      console.offSignal(signals);
      if (in != null) in.interrupt();
    }
  }

  private static Exit await(Attached process, Kill kill) throws IOException {
    for (int tries = 0; ; tries++) {
      try {
        return process.await();
      } catch (InterruptedIOException e) {
        Thread.interrupted();
        try {
          kill.signal(SIGNALS[Math.min(tries, SIGNALS.length - 1)]);
        } catch (ConflictException | NotFoundException ended) {
          if (tries > SIGNALS.length) throw e; // it ended, yet nobody tells how
        }
      }
    }
  }

  private static void unread(CountDownLatch ended, Kill kill, Console console) {
    pass(SIGNALS[1], kill, console);
    try {
      if (!ended.await(UNREAD.toMillis(), TimeUnit.MILLISECONDS)) pass(SIGNALS[2], kill, console);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pass(int signal, Kill kill, Console console) {
    try {
      kill.signal(signal);
    } catch (ConflictException | NotFoundException e) {
      LOG.debug("signal {} after the end: {}", signal, e.toString());
    } catch (IOException e) {
      console.err().println("signal " + signal + " was not passed on: " + e.getMessage());
    }
  }

  private static void finish(Thread pump) throws InterruptedIOException {
    try {
      pump.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("showing the last output was interrupted");
    }
  }

  private static Thread pump(String name, InputStream from, OutputStream to, ExecFailure exec,
      AtomicReference<IOException> failure) {
    return Thread.ofVirtual().name("ctr-" + name).start(() -> {
      byte[] buffer = new byte[16 * 1024];
      try (from) {
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          exec.wrote(buffer, n);
          to.write(buffer, 0, n);
          to.flush();
        }
      } catch (IOException e) {
        failure.compareAndSet(null, e);
      }
    });
  }

  /**
   * Ends with the user's input, or is left behind blocked in a read that the session's end cuts. A terminal goes on beyond it, as it would
   * be closed for output too: the process reads an end where it reads, as if it had been typed.
   */
  private static Thread input(Attached process, Console console, Wiring wiring) {
    return Thread.ofVirtual().name("ctr-stdin").start(() -> {
      byte[] buffer = new byte[4096];
      byte last = '\n';
      try {
        OutputStream to = process.stdin();
        for (int n = console.in().read(buffer); n >= 0; n = console.in().read(buffer)) {
          to.write(buffer, 0, n);
          to.flush();
          if (n > 0) last = buffer[n - 1];
        }
        if (!wiring.ends()) return; // others may write, and the user may only be gone
        if (!wiring.terminal()) to.close();
        else to.write(last == '\n' || last == '\r' ? new byte[] {CTRL_D} : new byte[] {CTRL_D, CTRL_D}); // a first one ends a line
      } catch (IOException e) {
        // The process closed its input, or the session ended: both end this pump and nothing else.
        LOG.debug("standard input ended: {}", e.toString());
      }
    });
  }

  /** The window's size is a courtesy: what the command did and its code are told whatever becomes of it. */
  private static void resize(Attached process, int columns, int rows) {
    try {
      process.resize(columns, rows);
    } catch (IOException e) {
      LOG.debug("resize to {} x {}: {}", columns, rows, e.toString());
    }
  }
}
