package io.gantry.commands.namespace;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code namespace:remove}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=namespace", "osgi.command.function=remove"})
public final class NamespaceRemove extends Verb {
  @Reference Namespaces namespaces;

  public NamespaceRemove() {
    super(new Syntax("namespace:remove", "Remove namespaces that have no records")
        .namespace("Changes nothing here: namespaces are in none")
        .operands("NAME", "namespace")
        .details("Images, containers, snapshots, blobs and leases go first.")
        .example("namespace:remove shop"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, name -> {
      namespaces.remove(args.scope(), name);
      console.out().println(name);
    });
  }
}
