package io.gantry.commands.ctr;

import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.RawTerminal;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:attach}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=attach"})
public final class Attach extends Verb {
  @Reference Tasks tasks;
  @Reference TaskProcesses processes;

  public Attach() {
    super(new Syntax("ctr:attach", "Join the streams of a container that runs, until it ends")
        .flag("--interactive", "-i", "Pass the standard input on also where it is no keyboard")
        .operand("ID", "container")
        .details(
            "What it writes from now on is shown. One that 'ctr run' of containerd or another client of the API made is read and written "
            + "beside that client: what one reads no other gets. One of ctr:run is shown to all by its log; with -d it has no input, and "
            + "nothing is shown of it where --address is a containerd's.\n"
            + "The end of the standard input is not passed on, since others may write. Ctrl-C and SIGTERM are passed on to it, and keys as "
            + "they are where it has a terminal. SIGHUP, as when the window is closed, a "
            + "client that is killed, and an output that nobody reads any more leave it as it is.\n"
            + "Exit code: the container's own, 125 where we failed; 128 and the signal where it was left running.")
        .example("ctr:attach foo"));
  }

  @Override
  protected int failure() {
    return ExitCodes.OURS;
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    String id = args.operand(0);
    try (Attached process = tasks.attach(scope, id)) {
      boolean terminal = processes.get(scope, ProcessRef.first(id)).stdio().terminal();
      boolean stdin = (args.has("--interactive") || console.keyboard()) && takes(process, console);
      try (RawTerminal raw = RawTerminal.of(console, terminal && stdin)) {
        return Streams.visit(process, console, terminal, stdin);
      }
    }
  }

  private static boolean takes(Attached process, Console console) throws IOException {
    try {
      process.stdin();
      return true;
    } catch (UnsupportedException e) {
      console.err().println("the standard input is not passed on: " + e.getMessage());
      return false;
    }
  }
}
