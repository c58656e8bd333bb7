package io.gantry.commands;

import io.gantry.api.TerminalSize;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Process;

/**
 * The user's side of a running verb.
 *
 * @param session of the shell, which tells width and terminal
 * @param in what the user types
 */
public record Console(CommandSession session, InputStream in, PrintStream out, PrintStream err) {
  private static final int COLUMNS = 80;

  static Console of(CommandSession session) {
    Process p = Process.Utils.current();
    InputStream in = session.get(".gantry.in") instanceof InputStream i ? i : p != null ? p.in() : session.getKeyboard();
    PrintStream err = session.get(".gantry.err") instanceof PrintStream e ? e : p != null ? p.err() : session.getConsole();
    return new Console(session, in, p != null ? p.out() : session.getConsole(), err);
  }

  /** What the user of a session said once for all its lines, which Gogo has as a word of its own kind; empty for none. */
  String namespace() {
    return session.get("NAMESPACE") instanceof CharSequence name ? name.toString() : "";
  }

  /** Whether a person looks on, so that lines may be drawn over. */
  public boolean terminal() {
    return Boolean.TRUE.equals(session.get(".gantry.tty"));
  }

  /** Whether a person types, though something else may read what is printed. */
  public boolean keyboard() {
    return Boolean.TRUE.equals(session.get(".gantry.keyboard"));
  }

  /** A file that the user names from where he is. @throws java.nio.file.InvalidPathException it has a NUL */
  public Path file(String name) {
    return Path.of(session.get(".gantry.cwd") instanceof String cwd ? cwd : "/").resolve(name).normalize();
  }

  /** Of a verb, as wide as the user's terminal is, 80 columns elsewhere. */
  String help(Syntax syntax) {
    return syntax.help(terminal() ? columns() : COLUMNS);
  }

  public int columns() {
    return session.get(".gantry.columns") instanceof Integer c && c > 0 ? c : COLUMNS;
  }

  public int rows() {
    return session.get(".gantry.rows") instanceof Integer r && r > 0 ? r : 24;
  }

  /** Both, as far as a terminal can have them. */
  public TerminalSize size() {
    return new TerminalSize(Math.min(columns(), TerminalSize.MAX), Math.min(rows(), TerminalSize.MAX));
  }

  /** Calls {@code listener} with columns and rows at each change, until the session ends. */
  @SuppressWarnings("unchecked")
  public void onResize(Consumer<int[]> listener) {
    if (session.get(".gantry.resize") instanceof List<?> listeners) ((List<Consumer<int[]>>) listeners).add(listener);
  }

  /** Ends the calls that {@link #onResize} began. */
  public void offResize(Consumer<int[]> listener) {
    if (session.get(".gantry.resize") instanceof List<?> listeners) listeners.remove(listener);
  }

  /** Calls {@code listener} with the number of each signal that the user's client gets, which interrupts the verb no longer. */
  @SuppressWarnings("unchecked")
  public void onSignal(IntConsumer listener) {
    if (session.get(".gantry.signals") instanceof List<?> listeners) ((List<IntConsumer>) listeners).add(listener);
  }

  /** Ends the calls that {@link #onSignal} began. */
  public void offSignal(IntConsumer listener) {
    if (session.get(".gantry.signals") instanceof List<?> listeners) listeners.remove(listener);
  }
}
