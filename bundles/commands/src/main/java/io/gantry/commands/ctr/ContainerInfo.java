package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:info}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=info"})
public final class ContainerInfo extends Verb {
  @Reference Tasks tasks;

  public ContainerInfo() {
    super(new Syntax("ctr:info", "Show a container with its pid and spec, as JSON").operand("ID", "container").example("ctr:info foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    TaskInfo t = tasks.get(args.scope(), args.operand(0));
    ObjectNode o = TaskView.json(t);
    o.put("specType", t.container().spec().typeUrl());
    o.set("spec", Json.parse(t.container().spec().value()));
    console.out().println(Json.pretty(o));
    return 0;
  }
}
