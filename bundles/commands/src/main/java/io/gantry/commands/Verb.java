package io.gantry.commands;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/**
 * One command of the shell. Arguments come as an array and are never parsed as a script again.
 *
 * <p>A verb prints by itself. It answers null, or its exit code where that is not 0; what it throws is one message for the user, exit code
 * {@link #failure}.
 */
public abstract class Verb implements Function {
  private final Syntax syntax;

  protected Verb(Syntax syntax) {
    this.syntax = syntax;
  }

  /** What it understands, for help and completion. */
  public Syntax syntax() {
    return syntax;
  }

  /** Does it; the exit code. */
  protected abstract int run(Args args, Console console) throws Exception;

  /** Exit code where it could not be done: 1, or another where 1 may be that of a process. */
  protected int failure() {
    return 1;
  }

  @Override
  public final Object execute(CommandSession session, List<Object> arguments) throws Exception {
    Console console = Console.of(session);
    try {
      return execute(words(arguments), console);
    } catch (IOException e) {
      if (failure() == 1) throw e; // the shell says it
      console.err().println(e.getMessage() == null ? e.toString() : e.getMessage());
      return failure();
    }
  }

  /** In a script of the shell a variable that is not set is null, which is no word, and a pattern of names is a list of words. */
  private static List<String> words(List<Object> arguments) {
    return arguments.stream().flatMap(a -> a instanceof Collection<?> c ? c.stream() : Stream.of(a)).filter(Objects::nonNull).map(
        Object::toString).toList();
  }

  private Object execute(List<String> arguments, Console console) throws Exception {
    Args args = syntax.parse(arguments).or("--namespace", console.namespace());
    if (args.has("--help")) {
      console.out().print(console.help(syntax));
      console.out().flush();
      return null;
    }
    int code = run(args, console);
    console.out().flush();
    return code == 0 ? null : code;
  }
}
