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

/** {@code ctr:start}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=start"})
public final class Start extends Verb {
  @Reference Tasks tasks;

  public Start() {
    super(new Syntax("ctr:start", "Start containers that do not run")
        .operands("ID", "container")
        .details(
            "One that has ended begins anew, with the files as it left them; its exit code is forgotten. What a client of the API made "
            + "is started, too. The output goes to the log (ctr:logs), of a containerd by --address nowhere; the standard input is empty.")
        .example("ctr:start foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return ExitCodes.of(console, () -> Each.of(args.operands(), console, id -> {
      tasks.start(args.scope(), id);
      console.out().println(id);
    }));
  }
}
