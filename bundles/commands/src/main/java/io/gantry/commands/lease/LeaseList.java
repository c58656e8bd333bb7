package io.gantry.commands.lease;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Json;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lease:list}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=lease", "osgi.command.function=list"})
public final class LeaseList extends Verb {
  @Reference Leases leases;

  public LeaseList() {
    super(new Syntax("lease:list", "List the leases")
        .flag("--quiet", "-q", "Print the ids only")
        .format()
        .details("A lease holds things against the garbage collection. Where EXPIRES is past, the next collection takes it away.")
        .example("lease:list"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    List<Lease> all = leases.list(args.scope());
    if (args.has("--quiet")) {
      all.forEach(l -> console.out().println(TextTable.harmless(l.id())));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (Lease l : all) {
        var o = out.addObject().put("id", l.id()).put("created", l.created().toString());
        l.expires().ifPresentOrElse(e -> o.put("expires", e.toString()), () -> o.putNull("expires"));
        Json.map(o, "labels", l.labels());
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("ID", "CREATED", "EXPIRES", "LABELS");
      for (Lease l : all) {
        var labels = new TreeMap<>(l.labels());
        labels.remove(Lease.EXPIRE);
        table.row(l.id(), l.created().toString(), l.expires().map(Instant::toString).orElse("never"), Pairs.text(labels));
      }
      table.print(console);
    }
    return Damages.tell(console, leases.damaged(args.scope()));
  }
}
