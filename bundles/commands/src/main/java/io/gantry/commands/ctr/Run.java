package io.gantry.commands.ctr;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.RawTerminal;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Attached;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:run}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=run"})
public final class Run extends Verb {
  @Reference Tasks tasks;

  public Run() {
    super(NewContainer.options(new Syntax("ctr:run", "Make a container of an image and start it"))
        .flag("--detach", "-d", "Print the id and come back; its output goes to its log (ctr:logs); of a containerd by --address nowhere")
        .flag("--rm", "", "Remove it when it has ended")
        .flag("--interactive", "-i", "Pass the standard input on")
        .operand("IMAGE", "image")
        .rest("COMMAND")
        .details(
            "Options end at IMAGE; all after it is the container's command.\n"
            + "Exit code: the command's own, 127 where it is not in the image, 126 where it cannot be executed, 125 where the container "
            + "could not be made.\n"
            + "Without -d, SIGTERM and SIGHUP are passed on to the command; Ctrl-C without -t is SIGINT, a second one SIGTERM, a third "
            + "SIGKILL. Where nobody reads its output any more, as behind head, it gets SIGTERM, and SIGKILL 3 s later.")
        .example("ctr:run --id foo --net-host -d docker.io/library/redis:latest redis-server")
        .example("ctr:run --rm -t -i docker.io/library/busybox:latest sh"));
  }

  @Override
  protected int failure() {
    return ExitCodes.OURS;
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    boolean terminal = args.has("--tty");
    boolean detach = args.has("--detach");
    boolean stdin = !detach && (args.has("--interactive") || terminal);
    RunRequest request = NewContainer.request(args, stdin, console.size());
    return ExitCodes.of(console, () -> {
      if (detach) {
        tasks.run(scope, request);
        console.out().println(request.id());
        return 0;
      }
      try (RawTerminal raw = RawTerminal.of(console, terminal); Attached process = tasks.runAttached(scope, request)) {
        return Streams.join(process, console, new ExecFailure(args.from(1).isEmpty() ? "" : args.operand(1)), terminal, stdin,
            process::signal);
      }
    });
  }
}
