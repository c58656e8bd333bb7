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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);
  private static final byte CTRL_D = 4;

  private Streams() {}

  /** Of a process that was made for this user: where he goes, it is told, and is not to live on by mistake. */
  static int join(Attached process, Console console, ExecFailure exec, boolean terminal, boolean stdin, Kill kill) throws IOException {
    return join(process, console, exec, new Wiring(terminal, stdin, true, LAST_OUTPUT), kill);
  }

  /** The same, of streams that are wired so. */
  static int join(Attached process, Console console, ExecFailure exec, Wiring wiring, Kill kill) throws IOException {
    var told = new Signals(kill, console);
    var streams = new Joined(process, console, exec, wiring);
    IntConsumer signals = n -> {
      if (n == SIGPIPE) Thread.ofVirtual().name("ctr-unread").start(() -> streams.unread(kill));
      else told.pass(n);
    };
    var tries = new AtomicInteger();
    try (told) {
      return exec.code(streams.until(signals, () -> {
        int n = tries.getAndIncrement();
        if (n > SIGNALS.length && told.inVain()) throw new InterruptedIOException("the process has ended, and nobody tells how");
        told.pass(SIGNALS[Math.min(n, SIGNALS.length - 1)]);
      }).code());
    } finally {
      streams.leave(signals);
    }
  }

  /** Of a process that others made, and that goes on where this user goes: neither is it told, nor does its input end with his. */
  static int visit(Attached process, Console console, boolean terminal, boolean stdin) throws IOException {
    return visit(process, console, new Wiring(terminal, stdin, false, LAST_OUTPUT));
  }

  /** The same, of streams that are wired so. */
  static int visit(Attached process, Console console, Wiring wiring) throws IOException {
    var told = new Signals(process::signal, console);
    var streams = new Joined(process, console, new ExecFailure(""), wiring);
    IntConsumer signals = n -> {
      if (n == SIGHUP || n == SIGPIPE) streams.end(new Left(n));
      else told.pass(n);
    };
    try (told) {
      return streams.until(signals, () -> told.pass(SIGNALS[0])).code(); // Ctrl-C is the process' own affair, as often as it comes
    } catch (Left e) {
      return 128 + e.signal;
    } finally {
      streams.leave(signals);
    }
  }

  /** Whoever was attached goes. */
  private static final class Left extends IOException {
    private static final long serialVersionUID = 1;
    private final int signal;

    Left(int signal) {
      super("left by signal " + signal);
      this.signal = signal;
    }
  }

  /** What an interruption means. It does not block: the next one would end what it does. */
  @FunctionalInterface
  private interface Interrupted {
    void act() throws IOException;
  }

  /** Passes signals on, one after the other in their order, on a thread that nobody interrupts: those before the end reach the process. */
  private static final class Signals implements AutoCloseable {
    private static final int NONE = 0;
    private final BlockingQueue<Integer> queue = new LinkedBlockingQueue<>();
    private volatile boolean inVain;

    Signals(Kill kill, Console console) {
      Thread.ofVirtual().name("ctr-signal").start(() -> work(kill, console));
    }

    void pass(int signal) {
      queue.add(signal);
    }

    /** Whether there was none any more to get the last one. */
    boolean inVain() {
      return inVain;
    }

    private void work(Kill kill, Console console) {
      try {
        for (int n = queue.take(); n != NONE; n = queue.take()) inVain = !Streams.pass(n, kill, console);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      queue.add(NONE);
    }
  }

  /**
   * Which streams there are.
   *
   * @param terminal whether the process has one
   * @param stdin whether the user's input is passed on
   * @param ends whether the end of it is, too
   * @param lastOutput how long a user who interrupts waits for what there is to show after the end
   */
  record Wiring(boolean terminal, boolean stdin, boolean ends, Duration lastOutput) {}

  /** The user's streams beside those of a process. */
  private static final class Joined {
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CompletableFuture<Exit> end = new CompletableFuture<>();
    private final Attached process;
    private final Console console;
    private final Wiring wiring;
    private final Thread out;
    private final Thread err;
    private final Thread in;
    private final Thread waits;
    private final Consumer<int[]> resize;

    Joined(Attached process, Console console, ExecFailure exec, Wiring wiring) throws IOException {
      this.process = process;
      this.console = console;
      this.wiring = wiring;
      out = pump("stdout", process.stdout(), console.out(), exec, failure);
      err = wiring.terminal() ? null : pump("stderr", process.stderr(), console.err(), exec, failure);
      in = wiring.stdin() ? input(process, console, wiring) : null;
      resize = size -> resize(process, size[0], size[1]);
      waits = Thread.ofVirtual().name("ctr-wait").unstarted(this::await);
    }

    /** On a thread of its own: interruptions of the command's are the user's Ctrl-C, as long as the process runs. */
    private void await() {
      try {
        Exit exit = process.await();
        ended.countDown();
        out.join();
        if (err != null) err.join();
        if (failure.get() != null) throw failure.get();
        end.complete(exit);
      } catch (Throwable e) { // an error of a bundle that is just replaced, too: somebody waits
        end(e);
      }
    }

    /** Ends the wait, where it has not ended yet. */
    void end(Throwable why) {
      end.completeExceptionally(why);
    }

    Exit until(IntConsumer signals, Interrupted interrupted) throws IOException {
      console.onSignal(signals);
      if (wiring.terminal()) {
        console.onResize(resize);
        resize.accept(new int[] {console.columns(), console.rows()}); // since the request was made with it, it may have changed
      }
      waits.start();
      while (true) {
        try {
          return end.get();
        } catch (InterruptedException e) {
          if (ended.getCount() == 0) return late();
          interrupted.act();
        } catch (ExecutionException e) {
          throw failed(e);
        }
      }
    }

    /** It has ended, perhaps by the very Ctrl-C: its code is told, unless its output takes longer than the user waits. */
    private Exit late() throws IOException {
      try {
        return end.get(wiring.lastOutput().toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException | TimeoutException e) {
        throw (IOException) new InterruptedIOException("showing the last output was interrupted").initCause(e);
      } catch (ExecutionException e) {
        throw failed(e);
      }
    }

    private static IOException failed(ExecutionException e) throws IOException {
      if (e.getCause() instanceof IOException io) throw io;
      if (e.getCause() instanceof RuntimeException r) throw r;
      throw new IOException("waiting for the process failed: " + e.getCause(), e);
    }

    /** Nobody reads what it writes any more. */
    void unread(Kill kill) {
      pass(SIGNALS[1], kill, console);
      try {
        if (!ended.await(UNREAD.toMillis(), TimeUnit.MILLISECONDS)) pass(SIGNALS[2], kill, console);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void leave(IntConsumer signals) {
      console.offResize(resize);
      console.offSignal(signals);
      waits.interrupt();
      if (in != null) in.interrupt();
      Thread.interrupted(); // a Ctrl-C that came too late is not to cut off what is let go of now
    }
  }

  /** Whether there was one to get it. */
  private static boolean pass(int signal, Kill kill, Console console) {
    try {
      kill.signal(signal);
    } catch (ConflictException | NotFoundException e) {
      LOG.debug("signal {} after the end: {}", signal, e.toString());
      return false;
    } catch (IOException | RuntimeException | LinkageError e) { // also of a bundle that is just replaced: the next one may be passed on
      console.err().println("signal " + signal + " was not passed on: " + (e instanceof IOException ? e.getMessage() : e.toString()));
    }
    return true;
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
