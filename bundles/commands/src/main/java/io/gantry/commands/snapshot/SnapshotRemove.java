package io.gantry.commands.snapshot;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:remove}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=remove"})
public final class SnapshotRemove extends Verb {
  @Reference Snapshots snapshots;

  public SnapshotRemove() {
    super(Defaults.snapshotter(new Syntax("snapshot:remove", "Remove snapshots and their trees"))
        .operands("KEY", "snapshot")
        .details("One that is the parent of others stays; children are named before their parents. That of a container goes by ctr:delete.")
        .example("snapshot:remove work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, key -> {
      snapshots.remove(args.scope(), Defaults.snapshotter(args), key);
      console.out().println(TextTable.harmless(key));
    });
  }
}
