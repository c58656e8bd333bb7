package io.gantry.commands.ctr;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.RawTerminal;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.Attached;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:run}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=run"})
public final class Run extends Verb {
  @Reference Tasks tasks;

  public Run() {
    super(new Syntax("ctr:run", "Make a container of an image and start it")
        .option("--id", "", "ID", "Its id (default: a new one)", "")
        .flag("--detach", "-d", "Print the id and come back; its output goes to its log (ctr:logs)")
        .flag("--rm", "", "Remove it when it has ended")
        .flag("--tty", "-t", "Give it a terminal")
        .flag("--interactive", "-i", "Pass the standard input on")
        .many("--env", "-e", "KEY=VALUE", "Set a variable", "")
        .option("--cwd", "", "DIR", "Working folder inside", "")
        .option("--user", "-u", "USER[:GROUP]", "Name or number to run as", "")
        .many("--mount", "", "MOUNT", "type=bind,src=/host,dst=/inside,options=rbind:ro; of type tmpfs options=size=64m:mode=1777", "")
        .flag("--net-host", "", "Share the host's network (default: a network of its own, loopback only)")
        .option("--runtime", "", "NAME", "Runtime driver (default: of tasks.cfg, io.containerd.runc.v2)", "runtime")
        .option("--snapshotter", "", "NAME", "Snapshot driver (default: of tasks.cfg, overlayfs)", "snapshotter")
        .many("--label", "-l", "KEY=VALUE", "Label of the container", "")
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
    RunRequest request = request(args, terminal, stdin, console.size());
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

  private static RunRequest request(Args args, boolean terminal, boolean stdin, TerminalSize size) throws IOException {
    String id = args.get("--id", "");
    if (id.isEmpty()) id = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    try {
      List<Mount> mounts = new ArrayList<>();
      for (String m : args.all("--mount")) mounts.add(MountOption.parse(m));
      for (String e : args.all("--env")) if (e.indexOf('=') < 1) throw args.wrong("--env is '" + e + "', expected KEY=VALUE");
      Map<String, String> labels = Pairs.of(args, args.all("--label"));
      return new RunRequest(id, args.operand(0), args.from(1), args.all("--env"), args.get("--cwd", ""), args.get("--user", ""), mounts,
          args.has("--net-host"), terminal, stdin, args.get("--runtime", ""), args.get("--snapshotter", ""), labels, args.has("--rm"),
          Optional.of(size));
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
  }
}
