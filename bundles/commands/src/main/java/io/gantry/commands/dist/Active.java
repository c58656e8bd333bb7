package io.gantry.commands.dist;

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
import io.gantry.service.content.Contents;
import io.gantry.service.content.Status;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:active}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=active"})
public final class Active extends Verb {
  @Reference Contents contents;

  public Active() {
    super(new Syntax("dist:active", "List the unfinished writes, or throw some away")
        .many("--abort", "", "REF", "Throw this one away, with its bytes", "write")
        .flag("--quiet", "-q", "Print refs only")
        .format()
        .details("A write that was cut stays here with its bytes, and the next pull goes on from its offset.")
        .example("dist:active")
        .example("dist:active --abort my-layer"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    if (args.has("--abort")) {
      return Each.of(args.all("--abort"), console, ref -> {
        contents.abort(scope, ref);
        console.out().println(TextTable.harmless(ref));
      });
    }
    List<Status> all = Page.all((after, max) -> contents.writes(scope, after, max), Status::ref);
    if (args.has("--quiet")) {
      all.stream().map(Status::ref).forEach(console.out()::println);
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (Status s : all) {
        var o = out.addObject().put("ref", s.ref()).put("offset", s.offset());
        if (s.total().isPresent()) o.put("total", s.total().getAsLong());
        else o.putNull("total");
        o.put("started", s.started().toString()).put("updated", s.updated().toString());
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("REF", "OFFSET", "TOTAL", "AGE");
      for (Status s : all) {
        String total = s.total().isPresent() ? Text.size(s.total().getAsLong()) : "unknown";
        table.row(s.ref(), Text.size(s.offset()), total, Text.age(s.started(), Instant.now()));
      }
      table.print(console);
    }
    return 0;
  }
}
