package io.gantry.shell;

import io.gantry.api.Scope;
import io.gantry.service.shell.Completions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.threadio.ThreadIO;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session of Gogo lines on the client's terminal, with history and live completion. */
final class Interactive {
  private static final Logger LOG = LoggerFactory.getLogger(Interactive.class);
  /** As terminals send them whose description is another one, or that are asked for no other keys. */
  private static final Map<String, String> ARROWS = Map.of("A", LineReader.UP_LINE_OR_HISTORY, "B", LineReader.DOWN_LINE_OR_HISTORY, "C",
      LineReader.FORWARD_CHAR, "D", LineReader.BACKWARD_CHAR, "H", LineReader.BEGINNING_OF_LINE, "F", LineReader.END_OF_LINE);
  private static final String PROMPT = "gantry> ";
  private final CommandProcessor processor;
  private final ThreadIO threads;
  private final Supplier<Completions> completions;
  private final Path history;
  private final Absent absent;

  Interactive(CommandProcessor processor, ThreadIO threads, Supplier<Completions> completions, Path history, Absent absent) {
    this.processor = processor;
    this.threads = threads;
    this.completions = completions;
    this.history = history;
    this.absent = absent;
  }

  int run(Client client, Request request) throws IOException {
    client.raw(true);
    String type = request.term().isEmpty() ? "dumb" : request.term();
    OutputStream bytes = client.bytes();
    try (var terminal = new ExternalTerminal("gantry", type, client.in(), bytes, StandardCharsets.UTF_8)) {
      terminal.setSize(new Size(client.columns(), client.rows()));
      client.resizes().add(s -> {
        terminal.setSize(new Size(s[0], s[1]));
        terminal.raise(Terminal.Signal.WINCH);
      });
      return lines(client, request, terminal);
    } finally {
      client.raw(false);
    }
  }

  private int lines(Client client, Request request, Terminal terminal) throws IOException {
    var out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
    out.println("Gantry. 'help' lists the commands, TAB completes, Ctrl-D ends.");
    threads.setStreams(terminal.input(), out, out);
    try (CommandSession session = new Session(processor, out)) {
      OneShot.variables(session, client, request, terminal.input(), out);
      LineReader reader = LineReaderBuilder.builder().appName("gantry").terminal(terminal).completer(completer(session))
          .variable(LineReader.HISTORY_FILE, history).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
      ARROWS.forEach((key, widget) -> reader.getKeyMaps().get(LineReader.MAIN).bind(new Reference(widget), "\u001b[" + key));
      session.put(".gantry.raw", new RawKeys(terminal));
      Thread command = Thread.currentThread();
      terminal.handle(Terminal.Signal.INT, s -> {
        forget(terminal.input());
        interrupt(session, command);
      });
      while (true) {
        String line;
        try {
          line = reader.readLine(prompt(session)).strip();
        } catch (UserInterruptException e) {
          continue;
        } catch (EndOfFileException e) {
          return 0;
        }
        if (line.equals("exit") || line.equals("quit")) return 0;
        if (!line.isEmpty()) execute(session, line, out);
      }
    } finally {
      threads.close();
    }
  }

  /** What was typed ahead goes with the command that Ctrl-C ends, as a terminal of the kernel has it (no NOFLSH). */
  private static void forget(InputStream typed) {
    try {
      while (typed.available() > 0) typed.skipNBytes(typed.available());
    } catch (IOException e) {
      LOG.debug("what was typed ahead could not be read: {}", e.toString());
    }
  }

  /** A script of Gogo runs on threads of its own, and its job stays in the foreground when only the waiting thread is interrupted. */
  private static void interrupt(CommandSession session, Thread command) {
    Job job = session.foregroundJob();
    if (job != null) job.interrupt();
    else command.interrupt();
  }

  /**
   * A line of plain words is run as a one-shot command is: on this thread, so that Ctrl-C reaches it and the prompt waits for its end, and
   * with its words as they are. All else is a script.
   */
  private void execute(CommandSession session, String line, PrintStream out) {
    List<String> words = Words.plain(line);
    try {
      Object result;
      if (!words.isEmpty() && session.get(words.getFirst()) instanceof Function f) {
        result = f.execute(session, new ArrayList<>(words.subList(1, words.size())));
      } else {
        result = session.execute(line);
      }
      if (result != null && !(result instanceof Integer)) out.println(session.format(result, Converter.INSPECT));
    } catch (CommandNotFoundException e) {
      out.println(absent.tell(e.getCommand()));
    } catch (Exception | LinkageError e) {
      OneShot.failed(line.split(" ", 2)[0], e, out);
    } finally {
      Thread.interrupted();
    }
    out.flush();
  }

  private static String prompt(CommandSession session) {
    Scope scope = scope(session);
    return scope.namespace().equals(Scope.DEFAULT_NAMESPACE) ? PROMPT : scope.namespace() + " " + PROMPT;
  }

  /** In the namespace that the session's lines are about. */
  private static Scope scope(CommandSession session) {
    try {
      return session.get(OneShot.NAMESPACE) instanceof CharSequence name ? Scope.root().withNamespace(name.toString()) : Scope.root();
    } catch (IllegalArgumentException e) {
      return Scope.root(); // each command says what is wrong
    }
  }

  private Completer completer(CommandSession session) {
    return (reader, line, candidates) -> {
      Completions service = completions.get();
      if (service == null) return;
      List<String> words = line.words().subList(0, line.wordIndex());
      var all = new java.util.ArrayList<>(words);
      all.add(line.word().substring(0, line.wordCursor()));
      for (var c : service.complete(scope(session), all)) {
        candidates.add(new Candidate(c.value(), c.value(), null, c.description().isEmpty() ? null : c.description(), null, null, !c.value()
            .endsWith("/")));
      }
    };
  }
}
