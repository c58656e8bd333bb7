package io.gantry.commands.ctr;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import java.io.InputStream;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:logs}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=logs"})
public final class Logs extends Verb {
  @Reference Tasks tasks;

  public Logs() {
    super(new Syntax("ctr:logs", "Print what a container wrote, both streams in one")
        .flag("--follow", "-f", "Wait for more until it has ended")
        .operand("ID", "container")
        .details(
            "Of one that was run or started without anybody attached, or by ctr:run of the manager's own shell; of a client's file, too. "
            + "containerd, by --address, keeps nothing.")
        .example("ctr:logs -f foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    try (InputStream in = tasks.logs(args.scope(), args.operand(0), args.has("--follow"))) {
      for (int n = in.read(buffer); n >= 0 && !console.out().checkError(); n = in.read(buffer)) {
        console.out().write(buffer, 0, n);
        console.out().flush();
      }
    }
    return 0;
  }
}
