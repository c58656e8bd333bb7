package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.TaskState;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:stats}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=stats"})
public final class StatsVerb extends Verb {
  @Reference Tasks tasks;
  @Reference TaskProcesses processes;

  public StatsVerb() {
    super(new Syntax("ctr:stats", "Tell what containers use at this moment")
        .format()
        .anyOperands("ID", "container")
        .details("Without ID all that run are looked at. CPU is the time on processors since the start, over all of them.")
        .example("ctr:stats foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    boolean json = args.json();
    ArrayNode out = Json.array();
    var table = new TextTable("CONTAINER", "CPU", "MEMORY", "LIMIT", "PROCESSES");
    int code = Each.of(args.operands().isEmpty() ? running(scope) : args.operands(), console, id -> {
      Metrics m = Metrics.parse(processes.stats(scope, id));
      table.row(id, String.format(java.util.Locale.ROOT, "%.3f s", m.cpu().toNanos() / 1e9), Text.size(m.memoryBytes()),
          m.memoryLimitBytes().isPresent() ? Text.size(m.memoryLimitBytes().getAsLong()) : "-", Long.toString(m.processes()));
      var o = out.addObject().put("id", id).put("cpuNanos", m.cpu().toNanos()).put("memoryBytes", m.memoryBytes());
      if (m.memoryLimitBytes().isPresent()) o.put("memoryLimitBytes", m.memoryLimitBytes().getAsLong());
      else o.putNull("memoryLimitBytes");
      o.put("processes", m.processes());
    });
    if (json) console.out().println(Json.pretty(out));
    else table.print(console);
    return code;
  }

  private List<String> running(Scope scope) throws IOException {
    return Page.all((after, max) -> tasks.list(scope, after, max), t -> t.container().id()).stream()
        .filter(t -> t.state().filter(s -> s.status() == TaskState.Status.RUNNING || s.status() == TaskState.Status.PAUSED).isPresent())
        .map(t -> t.container().id()).toList();
  }
}
