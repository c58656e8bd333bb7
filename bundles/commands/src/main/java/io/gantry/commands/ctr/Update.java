package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.Typed;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskProcesses;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:update}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=update"})
public final class Update extends Verb {
  private static final Pattern BYTES = Pattern.compile("([0-9]{1,15})([kmgt]?)(?:i?b)?");
  private static final int PERIOD_MICROS = 100_000;
  private static final String TYPE = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
  @Reference TaskProcesses processes;

  public Update() {
    super(new Syntax("ctr:update", "Change what running containers may use")
        .option("--memory", "-m", "N", "Memory: bytes, or as 512k, 64m, 2g", "")
        .option("--cpus", "", "N", "Processors, as 1.5", "")
        .option("--cpu-shares", "", "N", "Weight against others, 1024 being usual", "")
        .option("--cpuset-cpus", "", "LIST", "Processors by number, as 0-2,4", "")
        .option("--pids-limit", "", "N", "Processes at once", "")
        .operands("ID", "container")
        .details("What is not named stays as it is. The next start of the container begins with what it was made with.")
        .example("ctr:update --memory 256m --cpus 0.5 foo"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    ObjectNode resources = Json.object();
    if (args.has("--memory")) resources.putObject("memory").put("limit", bytes(args, args.get("--memory", "")));
    cpu(args, resources);
    if (args.has("--pids-limit")) resources.putObject("pids").put("limit", number(args, "--pids-limit"));
    if (resources.isEmpty()) throw args.wrong("nothing to change is given");
    var typed = new Typed(TYPE, Json.line(resources).getBytes(StandardCharsets.UTF_8));
    return Each.of(args.operands(), console, id -> {
      processes.update(args.scope(), id, typed);
      console.out().println(id);
    });
  }

  private static void cpu(Args args, ObjectNode resources) throws IOException {
    ObjectNode cpu = Json.object();
    if (args.has("--cpu-shares")) cpu.put("shares", number(args, "--cpu-shares"));
    if (args.has("--cpuset-cpus")) cpu.put("cpus", args.get("--cpuset-cpus", ""));
    if (args.has("--cpus")) {
      String n = args.get("--cpus", "");
      if (!n.matches("[0-9]{1,4}(\\.[0-9]{1,3})?")) throw args.wrong("--cpus is '" + n + "', expected a number such as 1.5");
      cpu.put("quota", new BigDecimal(n).multiply(BigDecimal.valueOf(PERIOD_MICROS)).longValue()).put("period", PERIOD_MICROS);
    }
    if (!cpu.isEmpty()) resources.set("cpu", cpu);
  }

  private static long number(Args args, String option) throws IOException {
    String n = args.get(option, "");
    if (n.matches("[0-9]{1,15}")) return Long.parseLong(n);
    throw args.wrong(option + " is '" + n + "', expected a number");
  }

  private static long bytes(Args args, String text) throws IOException {
    Matcher m = BYTES.matcher(text.toLowerCase(Locale.ROOT));
    if (!m.matches()) throw args.wrong("--memory is '" + text + "', expected bytes, or such as 512k, 64m or 2g");
    int unit = m.group(2).isEmpty() ? 0 : "kmgt".indexOf(m.group(2)) + 1;
    try {
      return Math.multiplyExact(Long.parseLong(m.group(1)), 1L << 10 * unit);
    } catch (ArithmeticException e) {
      throw args.wrong("--memory is '" + text + "', which is more than there can be");
    }
  }
}
