package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Containers;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:list}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=list"})
public final class ContainerList extends Verb {
  @Reference Tasks tasks;
  @Reference Containers containers;

  public ContainerList() {
    super(new Syntax("ctr:list", "List the containers, running or not").flag("--quiet", "-q", "Print the ids only").format()
        .example("ctr:list -q"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<TaskInfo> all = Page.all((after, max) -> tasks.list(scope, after, max), t -> t.container().id());
    if (args.has("--quiet")) {
      all.forEach(t -> console.out().println(t.container().id()));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      all.forEach(t -> out.add(TaskView.json(t)));
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("CONTAINER", "IMAGE", "RUNTIME", "PID", "STATUS");
      for (TaskInfo t : all) {
        table.row(t.container().id(), t.container().image(), t.container().runtime(), TaskView.pid(t), TaskView.status(t));
      }
      table.print(console);
      all.stream().filter(t -> !t.why().isEmpty()).forEach(t -> console.err().println(t.container().id() + ": " + t.why()));
    }
    return Damages.tell(console, containers.damaged(scope));
  }
}
