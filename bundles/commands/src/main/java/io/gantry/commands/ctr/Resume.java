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

/** {@code ctr:resume}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=resume"})
public final class Resume extends Verb {
  @Reference TaskProcesses processes;

  public Resume() {
    super(new Syntax("ctr:resume", "Let the processes of frozen containers go on")
        .operands("ID", "container")
        .example("ctr:resume foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, id -> {
      processes.resume(args.scope(), id);
      console.out().println(id);
    });
  }
}
