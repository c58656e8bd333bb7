package io.gantry.commands.snapshot;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:remove}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=remove"})
public final class SnapshotRemove extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotRemove() {
    super(Defaults.snapshotter(new Syntax("snapshot:remove", "Remove snapshots and their trees"))
        .operands("KEY", "snapshot")
        .details("One that is the parent of others stays; children are named before their parents. That of a container goes by ctr:delete.")
        .example("snapshot:remove work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    String snapshotter = Defaults.snapshotter(args, namespaces, unpacker);
    return Each.of(args.operands(), console, key -> {
      snapshots.remove(args.scope(), snapshotter, key);
      console.out().println(TextTable.harmless(key));
    });
  }
}
