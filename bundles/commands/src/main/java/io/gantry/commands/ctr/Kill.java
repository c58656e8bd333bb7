package io.gantry.commands.ctr;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:kill}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=kill"})
public final class Kill extends Verb {
  @Reference Tasks tasks;

  public Kill() {
    super(new Syntax("ctr:kill", "Send a signal to containers")
        .option("--signal", "-s", "SIGNAL", "Name or number (default: SIGTERM)", "signal")
        .flag("--all", "-a", "To every process of the container")
        .operands("ID", "container")
        .example("ctr:kill --signal SIGKILL foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    int signal;
    try {
      signal = SignalName.parse(args.get("--signal", "SIGTERM"));
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    return Each.of(args.operands(), console, id -> {
      tasks.kill(args.scope(), id, signal, args.has("--all"));
      console.out().println(id);
    });
  }
}
