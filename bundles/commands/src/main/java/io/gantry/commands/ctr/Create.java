package io.gantry.commands.ctr;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:create}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=create"})
public final class Create extends Verb {
  @Reference Tasks tasks;

  public Create() {
    super(NewContainer.options(new Syntax("ctr:create", "Make a container of an image that does not run yet"))
        .operand("IMAGE", "image")
        .rest("COMMAND")
        .details("Prints its id; ctr:start starts it, and ctr:logs has what it writes.\n"
            + "Options end at IMAGE; all after it is the container's command.")
        .example("ctr:create --id foo --net-host docker.io/library/redis:latest redis-server"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    RunRequest request = NewContainer.request(args, false, console.size());
    tasks.create(args.scope(), request);
    console.out().println(request.id());
    return 0;
  }
}
