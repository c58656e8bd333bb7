package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Container;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.TaskState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:info}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=info"})
public final class ContainerInfo extends Verb {
  @Reference Tasks tasks;

  public ContainerInfo() {
    super(new Syntax("ctr:info", "Show a container: how it is, what it runs, its labels").format().operand("ID", "container")
        .details("With --format json all is shown, the environment and the rest of the OCI runtime document, too.")
        .example("ctr:info foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    TaskInfo t = tasks.get(args.scope(), args.operand(0));
    JsonNode spec = Json.parse(t.container().spec().value());
    if (args.json()) {
      ObjectNode o = TaskView.json(t);
      o.put("specType", t.container().spec().typeUrl());
      o.set("spec", spec);
      console.out().println(Json.pretty(o));
    } else {
      table(t, spec).print(console);
    }
    return 0;
  }

  private static TextTable table(TaskInfo t, JsonNode spec) {
    Container c = t.container();
    var table = new TextTable("id:", c.id()).row("image:", c.image()).row("runtime:", c.runtime())
        .row("snapshot:", c.snapshotter() + " " + c.snapshotKey()).row("status:", TaskView.status(t)).row("pid:", TaskView.pid(t));
    if (!t.why().isEmpty()) table.row("why:", t.why());
    table.row("created:", c.created().toString());
    t.started().ifPresent(s -> table.row("started:", s.toString()));
    t.state().flatMap(TaskState::exit).ifPresent(e -> table.row("ended:", e.at().toString()));
    JsonNode process = spec.path("process");
    var command = new ArrayList<String>();
    for (JsonNode word : process.path("args")) command.add(quoted(word.asText()));
    rows(table, "command:", List.of(String.join(" ", command)));
    rows(table, "folder:", List.of(process.path("cwd").asText()));
    JsonNode user = process.path("user");
    if (user.has("uid")) table.row("user:", user.path("uid").asText() + ":" + user.path("gid").asText());
    var binds = new ArrayList<String>();
    for (JsonNode m : spec.path("mounts")) if (m.path("type").asText().equals("bind")) binds.add(bind(m));
    rows(table, "binds:", binds);
    rows(table, "labels:", new TreeMap<>(c.labels()).entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    return table;
  }

  private static void rows(TextTable table, String name, List<String> values) {
    for (int i = 0; i < values.size(); i++) if (!values.get(i).isEmpty()) table.row(i == 0 ? name : "", values.get(i));
  }

  private static String bind(JsonNode mount) {
    var options = new ArrayList<String>();
    for (JsonNode o : mount.path("options")) options.add(o.asText());
    return mount.path("source").asText() + " at " + mount.path("destination").asText() + " (" + String.join(",", options) + ")";
  }

  /** As it would be typed. */
  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
