package io.gantry.commands.ctr;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:wait}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=wait"})
public final class Wait extends Verb {
  @Reference Tasks tasks;

  public Wait() {
    super(new Syntax("ctr:wait", "Wait until a container has ended, and print its exit code").operand("ID", "container")
        .example("ctr:wait foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    console.out().println(tasks.await(args.scope(), args.operand(0)).code());
    return 0;
  }
}
