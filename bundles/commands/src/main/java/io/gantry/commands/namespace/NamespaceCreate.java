package io.gantry.commands.namespace;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code namespace:create}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=namespace", "osgi.command.function=create"})
public final class NamespaceCreate extends Verb {
  @Reference Namespaces namespaces;

  public NamespaceCreate() {
    super(new Syntax("namespace:create", "Make a namespace")
        .namespace("Changes nothing here: namespaces are in none")
        .operand("NAME", "")
        .anyOperands("KEY=VALUE", "")
        .details(
            "One is made by its first record, too. The labels containerd.io/defaults/snapshotter and containerd.io/defaults/runtime name "
            + "the "
            + "drivers of commands that name none.")
        .example("namespace:create shop team=blue")
        .example("namespace:create copies containerd.io/defaults/snapshotter=native"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    namespaces.create(args.scope(), args.operand(0), Pairs.of(args, args.from(1)));
    console.out().println(args.operand(0));
    return 0;
  }
}
