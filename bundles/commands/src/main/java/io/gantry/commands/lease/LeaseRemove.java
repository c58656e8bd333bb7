package io.gantry.commands.lease;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Leases;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lease:remove}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=lease", "osgi.command.function=remove"})
public final class LeaseRemove extends Verb {
  @Reference Leases leases;

  public LeaseRemove() {
    super(new Syntax("lease:remove", "Remove leases")
        .operands("ID", "lease")
        .details("What they held goes with the next garbage collection, where nothing else needs it.")
        .example("lease:remove build"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, id -> {
      leases.remove(args.scope(), id);
      console.out().println(TextTable.harmless(id));
    });
  }
}
