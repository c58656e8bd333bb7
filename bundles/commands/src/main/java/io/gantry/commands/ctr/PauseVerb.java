package io.gantry.commands.ctr;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskProcesses;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:pause}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=pause"})
public final class PauseVerb extends Verb {
  @Reference TaskProcesses processes;

  public PauseVerb() {
    super(new Syntax("ctr:pause", "Freeze all processes of containers")
        .operands("ID", "container")
        .details("They stand still until ctr:resume, and take memory meanwhile.")
        .example("ctr:pause foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, id -> {
      processes.pause(args.scope(), id);
      console.out().println(id);
    });
  }
}
