package io.gantry.commands.ctr;

import io.gantry.api.ConflictException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:start}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=start"})
public final class Start extends Verb {
  @Reference Containers containers;
  @Reference Snapshots snapshots;
  @Reference TaskProcesses processes;

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
      start(args.scope(), id);
      console.out().println(id);
    }));
  }

  private void start(Scope scope, String id) throws IOException {
    Container c = containers.get(scope, id);
    ProcessRef first = ProcessRef.first(id);
    switch (status(scope, first)) {
      case CREATED -> { }
      case STOPPED -> {
        processes.delete(scope, first);
        create(scope, c);
      }
      case ABSENT -> create(scope, c);
      case RUNNING -> throw new ConflictException("container '" + id + "' runs already");
      case PAUSED -> throw new ConflictException("container '" + id + "' is paused; ctr:resume lets it go on");
      case UNKNOWN -> throw new ConflictException("it cannot be told at the moment whether container '" + id + "' runs; see ctr:info");
    }
    processes.start(scope, first);
  }

  private enum Standing { ABSENT, CREATED, RUNNING, PAUSED, STOPPED, UNKNOWN }

  private Standing status(Scope scope, ProcessRef first) throws IOException {
    try {
      return Standing.valueOf(processes.get(scope, first).status().name());
    } catch (NotFoundException e) {
      return Standing.ABSENT;
    }
  }

  private void create(Scope scope, Container c) throws IOException {
    List<Mount> rootfs = c.snapshotKey().isEmpty() ? List.of() : snapshots.mounts(scope, c.snapshotter(), c.snapshotKey());
    processes.create(scope, new TaskRequest(c.id(), rootfs, stdio(c), Optional.empty()));
  }

  private static Stdio stdio(Container c) throws IOException {
    boolean terminal = Json.parse(c.spec().value()).path("process").path("terminal").asBoolean();
    return TaskProcesses.logged(terminal);
  }
}
