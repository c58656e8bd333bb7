package io.gantry.commands.ctr;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.RawTerminal;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:exec}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=exec"})
public final class ExecVerb extends Verb {
  @Reference Tasks tasks;

  public ExecVerb() {
    super(new Syntax("ctr:exec", "Start another process in a running container")
        .option("--exec-id", "", "ID", "Its id (default: a new one)", "")
        .flag("--tty", "-t", "Give it a terminal")
        .flag("--interactive", "-i", "Pass the standard input on")
        .many("--env", "-e", "KEY=VALUE", "Set a variable", "")
        .option("--cwd", "", "DIR", "Working folder inside", "")
        .option("--user", "-u", "USER[:GROUP]", "Name or number to run as", "")
        .operand("ID", "container")
        .rest("COMMAND", true)
        .details(
            "Exit code: the command's own, 127 where it is not in the container, 126 where it cannot be executed, 125 where we failed.\n"
            + "SIGTERM and SIGHUP are passed on to the command; Ctrl-C without -t is SIGINT, a second one SIGTERM, a third SIGKILL. Where "
            + "nobody reads its output "
            + "any more, as behind head, it gets SIGTERM, and SIGKILL 3 s later.")
        .example("ctr:exec foo redis-cli ping"));
  }

  @Override
  protected int failure() {
    return ExitCodes.OURS;
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    boolean terminal = args.has("--tty");
    boolean stdin = terminal || args.has("--interactive");
    var request = new ExecRequest(args.operand(0), args.get("--exec-id", ""), args.from(1), args.all("--env"), args.get("--cwd", ""),
        args.get("--user", ""), terminal, stdin, Optional.of(console.size()));
    return ExitCodes.of(console, () -> {
      try (RawTerminal raw = RawTerminal.of(console, terminal); Attached process = tasks.exec(scope, request)) {
        return Streams.join(process, console, new ExecFailure(args.operand(1)), terminal, stdin, process::signal);
      }
    });
  }
}
