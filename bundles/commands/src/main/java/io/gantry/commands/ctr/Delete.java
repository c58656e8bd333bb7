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

/** {@code ctr:delete}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=delete"})
public final class Delete extends Verb {
  @Reference Tasks tasks;

  public Delete() {
    super(new Syntax("ctr:delete", "Remove containers: task, snapshot, log and record")
        .flag("--force", "-f", "Kill those that run")
        .operands("ID", "container")
        .example("ctr:delete -f foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, id -> {
      tasks.delete(args.scope(), id, args.has("--force"));
      console.out().println(id);
    });
  }
}
