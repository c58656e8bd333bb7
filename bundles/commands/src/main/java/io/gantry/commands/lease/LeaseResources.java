package io.gantry.commands.lease;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lease:resources}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=lease", "osgi.command.function=resources"})
public final class LeaseResources extends Verb {
  @Reference Leases leases;

  public LeaseResources() {
    super(new Syntax("lease:resources", "List what a lease holds")
        .flag("--quiet", "-q", "Print them as lease:add takes them")
        .format()
        .operand("ID", "lease")
        .example("lease:resources build"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    List<Lease.Resource> all = leases.resources(args.scope(), args.operand(0));
    if (args.has("--quiet")) {
      all.forEach(r -> console.out().println(TextTable.harmless(r.toString())));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (Lease.Resource r : all) out.addObject().put("kind", r.kind()).put("id", r.id());
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("KIND", "ID");
      for (Lease.Resource r : all) table.row(r.kind(), r.id());
      table.print(console);
    }
    return 0;
  }
}
