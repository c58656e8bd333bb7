package io.gantry.commands.namespace;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code namespace:list}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=namespace", "osgi.command.function=list"})
public final class NamespaceList extends Verb {
  @Reference Namespaces namespaces;

  public NamespaceList() {
    super(new Syntax("namespace:list", "List the namespaces with their labels")
        .namespace("Changes nothing here: namespaces are in none")
        .flag("--quiet", "-q", "Print the names only")
        .format()
        .example("namespace:list"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<String> names = namespaces.list(scope);
    var problems = new ArrayList<String>();
    if (args.has("--quiet")) {
      names.forEach(console.out()::println);
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (String name : names) {
        var o = out.addObject().put("name", name);
        labels(scope, name, problems).ifPresentOrElse(l -> Json.map(o, "labels", l), () -> o.putNull("labels"));
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("NAME", "LABELS");
      for (String name : names) table.row(name, labels(scope, name, problems).map(Pairs::text).orElse("damaged"));
      table.print(console);
    }
    problems.forEach(p -> console.err().println(TextTable.harmless(p)));
    return problems.isEmpty() ? 0 : 1;
  }

  /** @return empty where they cannot be read: the list goes on */
  private Optional<Map<String, String>> labels(Scope scope, String name, List<String> problems) throws IOException {
    try {
      return Optional.of(namespaces.labels(scope, name));
    } catch (CorruptException e) {
      problems.add(e.getMessage());
      return Optional.empty();
    }
  }
}
