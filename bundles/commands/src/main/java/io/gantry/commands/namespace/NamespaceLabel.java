package io.gantry.commands.namespace;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import java.io.IOException;
import java.util.Map;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code namespace:label}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=namespace", "osgi.command.function=label"})
public final class NamespaceLabel extends Verb {
  @Reference Namespaces namespaces;

  public NamespaceLabel() {
    super(new Syntax("namespace:label", "Set labels of a namespace, and print what it has then")
        .namespace("Changes nothing here: namespaces are in none")
        .operand("NAME", "namespace")
        .operands("KEY=VALUE", "")
        .details("KEY= removes a label.")
        .example("namespace:label shop team=green"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    String name = args.operand(0);
    Map<String, String> changes = Pairs.of(args, args.from(1));
    namespaces.get(scope, name); // a name that is mistyped makes none
    namespaces.label(scope, name, changes);
    Pairs.print(console, namespaces.labels(scope, name));
    return 0;
  }
}
