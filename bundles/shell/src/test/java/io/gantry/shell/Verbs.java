package io.gantry.shell;

import io.gantry.api.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/** Commands as the bundle commands has them. */
final class Verbs {
  /** What {@code pour} waits for when it was told. */
  final CountDownLatch ended = new CountDownLatch(1);
  final CountDownLatch waiting = new CountDownLatch(1);
  final Semaphore interrupted = new Semaphore(0);
  final Semaphore followed = new Semaphore(0);
  final BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();

  Function of(String name) {
    return switch (name) {
      case "args" -> (session, words) -> print(session, words.toString());
      case "code" -> (session, words) -> Integer.parseInt(words.getFirst().toString());
      case "size" -> (session, words) -> print(session, session.get(".gantry.columns") + "x" + session.get(".gantry.rows"));
      case "missing" -> (session, words) -> {
        throw new NotFoundException("image redis is not here; pull it");
      };
      case "linkage" -> (session, words) -> {
        throw new NoClassDefFoundError("io/gantry/commands/Gone");
      };
      case "copy" -> this::copy;
      case "wait" -> this::forever;
      case "follow" -> this::follow;
      case "told" -> this::told;
      case "deaf" -> (session, words) -> deaf(session, ".");
      case "mute" -> (session, words) -> deaf(session, "");
      case "pour" -> this::pour;
      case "flood" -> this::flood;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Object print(CommandSession session, String text) {
    session.getConsole().println(text);
    return null;
  }

  private Object copy(CommandSession session, List<Object> words) throws IOException {
    InputStream in = (InputStream) session.get(".gantry.in");
    in.transferTo(session.getConsole());
    return null;
  }

  private Object forever(CommandSession session, List<Object> words) throws Exception {
    print(session, "waiting");
    session.getConsole().flush();
    waiting.countDown();
    try {
      new CountDownLatch(1).await();
    } finally {
      interrupted.release();
    }
    return null;
  }

  /** As a command that follows events, in a pipe: interrupted while it waits, and once more while it says so. */
  private Object follow(CommandSession session, List<Object> words) throws Exception {
    PrintStream out = org.apache.felix.service.command.Process.Utils.current().out();
    for (int i = 0; i < 3; i++) out.println("line " + i);
    followed.release();
    try {
      new CountDownLatch(1).await();
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Answers the number of the first signal that it is told of. */
  @SuppressWarnings("unchecked")
  private Object told(CommandSession session, List<Object> words) throws Exception {
    var numbers = new LinkedBlockingQueue<Integer>();
    ((List<IntConsumer>) session.get(".gantry.signals")).add(numbers::add);
    print(session, "waiting");
    session.getConsole().flush();
    int number = numbers.take();
    heard.add(number);
    return number;
  }

  /** Ends at the fifth signal that it is told of. @param says at each before */
  @SuppressWarnings("unchecked")
  private Object deaf(CommandSession session, String says) throws Exception {
    var numbers = new LinkedBlockingQueue<Integer>();
    ((List<IntConsumer>) session.get(".gantry.signals")).add(numbers::add);
    print(session, "waiting");
    session.getConsole().flush();
    for (int i = 0; i < 4; i++) {
      numbers.take();
      session.getConsole().print(says);
      session.getConsole().flush();
    }
    numbers.take();
    return 77;
  }

  /** Prints until it is told of a signal, and then still takes its time. */
  @SuppressWarnings("unchecked")
  private Object pour(CommandSession session, List<Object> words) throws Exception {
    var numbers = new LinkedBlockingQueue<Integer>();
    ((List<IntConsumer>) session.get(".gantry.signals")).add(numbers::add);
    while (numbers.isEmpty()) print(session, "a line that is printed again and again");
    print(session, "a word at the end");
    heard.add(numbers.take());
    return ended.await(30, TimeUnit.SECONDS) ? 137 : 1;
  }

  /** Prints until it is interrupted, as a command that follows a log. */
  private Object flood(CommandSession session, List<Object> words) throws Exception {
    PrintStream out = session.getConsole();
    while (!Thread.currentThread().isInterrupted()) out.println("a line that is printed again and again");
    interrupted.release();
    throw new InterruptedIOException("interrupted");
  }
}
