package io.gantry.commands.dist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:list}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=list"})
public final class Blobs extends Verb {
  @Reference Contents contents;

  public Blobs() {
    super(new Syntax("dist:list", "List the blobs of the content store")
        .flag("--quiet", "-q", "Print the digests only")
        .format()
        .details(Damages.HELP)
        .example("dist:list -q"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<Info> all = Page.all((after, max) -> contents.list(scope, after.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(after)),
        max),
        i -> i.digest().toString());
    if (args.has("--quiet")) {
      all.forEach(i -> console.out().println(i.digest()));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (Info i : all) {
        var o = out.addObject().put("digest", i.digest().toString()).put("sizeBytes", i.size()).put("created", i.created().toString());
        Json.map(o, "labels", i.labels());
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("DIGEST", "SIZE", "AGE", "LABELS");
      for (Info i : all) {
        String labels = i.labels().isEmpty() ? "-" : String.join(",", i.labels().entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue()).sorted().toList());
        table.row(i.digest().toString(), Text.size(i.size()), Text.age(i.created(), Instant.now()), labels);
      }
      table.print(console);
    }
    return Damages.tell(console, contents.damaged(scope));
  }
}
