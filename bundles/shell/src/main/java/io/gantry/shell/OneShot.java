package io.gantry.shell;

import io.gantry.api.GantryException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.threadio.ThreadIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one command by its function: its arguments never pass the shell's parser. */
final class OneShot {
  /** Exit code of a command that Ctrl-C ended. */
  static final int INTERRUPTED = 130;
  /** The variable that says which namespace a session's commands are about. */
  static final String NAMESPACE = "NAMESPACE";

  private static final Logger LOG = LoggerFactory.getLogger(OneShot.class);
  private static final long BETWEEN_LOOKS_MILLIS = 20;
  /** How long a command that is known may be without its service. */
  private static final Duration AWAY = Duration.ofSeconds(2);
  private static final String GOGO_CALL = "org.apache.felix.gogo.runtime.Reflective";
  private final CommandProcessor processor;
  private final ThreadIO threads;
  private final Instant ready;
  private final CountDownLatch closed;
  private final Absent absent;

  /**
   * @param ready until when a command that is not there may still come
   * @param closed zero when the shell stops
   */
  OneShot(CommandProcessor processor, ThreadIO threads, Instant ready, CountDownLatch closed, Absent absent) {
    this.processor = processor;
    this.threads = threads;
    this.ready = ready;
    this.closed = closed;
    this.absent = absent;
  }

  int run(Client client, Request request) {
    InputStream in = client.in();
    PrintStream out = client.out();
    PrintStream err = client.err();
    threads.setStreams(in, out, err);
    try (CommandSession session = processor.createSession(in, out, err)) {
      variables(session, client, request, in, err);
      session.put(".gantry.edit", (UnaryOperator<String>) client::edit); // in a session of lines the shell has the terminal
      int code = run(session, request.words(), out, err);
      return code == INTERRUPTED ? client.interrupted() : code;
    } finally {
      threads.close();
      out.flush();
      err.flush();
    }
  }

  static void variables(CommandSession session, Client client, Request request, InputStream in, PrintStream err) {
    session.put("SCOPE", "gantry:dist:ctr:snapshot:driver:events:namespace:lease:felix:gogo:*");
    session.put(".gantry.in", in);
    session.put(".gantry.err", err);
    session.put(".gantry.cwd", request.cwd());
    session.currentDir(Path.of(request.cwd())); // for patterns and redirections of Gogo
    session.put(".gantry.keyboard", request.keyboard());
    session.put(".gantry.tty", request.terminal());
    session.put(".gantry.resize", client.resizes());
    session.put(".gantry.signals", client.signals());
    session.put(".gantry.raw", (Consumer<Boolean>) client::raw);
    Consumer<int[]> size = s -> {
      session.put(".gantry.columns", s[0]);
      session.put(".gantry.rows", s[1]);
    };
    size.accept(new int[] {client.columns(), client.rows()});
    client.resizes().add(size);
  }

  private int run(CommandSession session, List<String> words, PrintStream out, PrintStream err) {
    String name = words.getFirst();
    try {
      Function command = find(session, name);
      if (command == null) {
        err.println(absent.tell(name));
        return 1;
      }
      Object result = execute(command, session, words);
      if (result instanceof Integer code) return code;
      if (result != null) out.println(session.format(result, Converter.INSPECT));
      return 0;
    } catch (Exception | LinkageError e) { // the command's bundle may be replaced while it runs
      return failed(name, e, err);
    }
  }

  /** A command whose component is just made anew is a moment away: nothing of it has run, so it may be called again. */
  private Object execute(Function command, CommandSession session, List<String> words) throws Exception {
    Instant patience = Instant.now().plus(AWAY);
    while (true) {
      try {
        return command.execute(session, new ArrayList<>(words.subList(1, words.size())));
      } catch (NullPointerException e) {
        if (!isAway(e) || Instant.now().isAfter(patience)) throw e;
        if (closed.await(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)) throw e;
      }
    }
  }

  /** Gogo knows the command by its properties, but its service gives nothing: then Gogo looks for a method of null. */
  private static boolean isAway(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    return e instanceof NullPointerException && trace.length > 0 && trace[0].getClassName().equals(GOGO_CALL);
  }

  static int failed(String name, Throwable thrown, PrintStream err) {
    Throwable e = thrown instanceof InvocationTargetException && thrown.getCause() != null ? thrown.getCause() : thrown;
    Thread.interrupted(); // what still has to be said must not be dropped where the client is behind
    LOG.debug("{} failed", name, e);
    if (e instanceof InterruptedIOException || e instanceof InterruptedException) {
      err.println(name + ": interrupted");
      return INTERRUPTED;
    }
    err.println(text(name, e));
    return 1;
  }

  private static String text(String name, Throwable e) {
    if (isHalf(e)) return "this is no whole line (" + e.getMessage() + "); close its quotes and brackets";
    if (isAway(e)) return "command '" + name + "' is not there at the moment; try again";
    return unfit(e) ? unfit(name, e) : message(e);
  }

  /** Whether Gogo's parser met the end of a line in the midst of something. */
  private static boolean isHalf(Throwable e) {
    return e.getMessage() != null && e.getMessage().startsWith("unexpected EOT");
  }

  /** Whether Gogo found no method of the command that takes the arguments. */
  private static boolean unfit(Throwable e) {
    return e instanceof IllegalArgumentException && e.getMessage() != null && e.getMessage().startsWith("Cannot coerce ");
  }

  private static String unfit(String name, Throwable e) {
    String takes = e.getMessage().replaceFirst("^.* to any of ", "");
    return name + " takes other arguments: " + takes + "; a Bundle is its id, its symbolic name where only one has it, or its location,"
        + " as 'felix:lb' lists them";
  }

  static String message(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isEmpty()) return e.getClass().getSimpleName();
    return e instanceof GantryException || e.getClass() == java.io.IOException.class ? message : e.getClass().getSimpleName() + ": "
        + message;
  }

  /** While the manager starts, a command may be a moment away. */
  private Function find(CommandSession session, String name) throws InterruptedException {
    while (true) {
      if (session.get(name) instanceof Function f) return f;
      if (Instant.now().isAfter(ready)) return null;
      if (closed.await(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)) return null;
    }
  }
}
