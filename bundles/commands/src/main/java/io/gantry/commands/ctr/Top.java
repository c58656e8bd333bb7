package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcesses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:top}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=top"})
public final class Top extends Verb {
  @Reference TaskProcesses processes;

  public Top() {
    super(new Syntax("ctr:top", "List the processes of a container")
        .flag("--quiet", "-q", "Print the numbers only")
        .format()
        .operand("ID", "container")
        .details("PID is the host's number. EXEC is the id under which ctr:exec started a process.")
        .example("ctr:top foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    List<TaskPid> all = processes.pids(args.scope(), args.operand(0));
    if (args.has("--quiet")) {
      all.forEach(p -> console.out().println(p.pid()));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (TaskPid p : all) out.addObject().put("pid", p.pid()).put("exec", p.exec()).put("command", command(p.pid()));
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("PID", "EXEC", "COMMAND");
      for (TaskPid p : all) table.row(Long.toString(p.pid()), p.exec().isEmpty() ? "-" : p.exec(), command(p.pid()));
      table.print(console);
    }
    return 0;
  }

  /** Empty where it has ended meanwhile, or is of the kernel's kind that has none. */
  private static String command(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    } catch (IOException e) {
      return "";
    }
  }
}
