package io.gantry.stage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A program that takes away what it made, also after a failure and after Ctrl-C. Ctrl-C ends the work first, or it would begin something
 * more beside the cleanup; the cleanup runs on a thread that nobody interrupts.
 */
public final class Program {
  /** Exit code after Ctrl-C, ours and a command's. */
  private static final int INTERRUPTED = 130;
  private static final int LEAVING_SECONDS = 20;

  /** What is done. It notes each thing to be taken away before it makes it. */
  @FunctionalInterface
  public interface Work {
    void run(Cleanup cleanup) throws IOException, InterruptedException;
  }

  private Program() {}

  /** Does the work on this thread, and returns when all is taken away; ends the process with code 1 after a failure, 130 after Ctrl-C. */
  public static void run(String name, Work work) {
    try {
      whole(name, work);
    } catch (IOException e) {
      if (interrupted(e)) leave(name);
      System.err.println("\n" + name + ": " + e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      leave(name);
    }
  }

  private static void whole(String name, Work work) throws IOException, InterruptedException {
    var cleanup = new Cleanup(name);
    var left = new CountDownLatch(1);
    Thread worker = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      worker.interrupt();
      try {
        if (!left.await(LEAVING_SECONDS, TimeUnit.SECONDS)) System.err.println(name + ": cleaning up beside what does not end");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      cleanup.run();
    }, "cleanup"));
    try {
      work.run(cleanup);
    } finally {
      left.countDown();
      apart(cleanup::run);
    }
  }

  private static void leave(String name) {
    System.err.println("\n" + name + ": interrupted");
    System.exit(INTERRUPTED);
  }

  /** Whether Ctrl-C is behind it: it interrupts us, in the middle of reading perhaps, and the commands that run for us too. */
  static boolean interrupted(IOException e) {
    if (Thread.currentThread().isInterrupted() || ending()) return true;
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof InterruptedIOException || t instanceof ClosedByInterruptException || t instanceof InterruptedException) return true;
      if (String.valueOf(t.getMessage()).contains("' ended with code " + INTERRUPTED)) return true;
    }
    return false;
  }

  /** Whether the process has begun to end: no hook is taken any more. */
  private static boolean ending() {
    Thread hook = new Thread(() -> { });
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return !Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** On a thread of its own: Ctrl-C may come, and interrupt this one, when something that it ended has brought us here already. */
  static void apart(Runnable work) {
    Thread t = Thread.ofPlatform().name("cleanup").start(work);
    boolean interrupted = false;
    while (t.isAlive()) {
      try {
        t.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
