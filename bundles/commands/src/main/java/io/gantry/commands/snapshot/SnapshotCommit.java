package io.gantry.commands.snapshot;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:commit}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=commit"})
public final class SnapshotCommit extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotCommit() {
    super(Defaults.snapshotter(new Syntax("snapshot:commit", "Seal an active snapshot under a new key"))
        .many("--label", "-l", "KEY=VALUE", "Label of the sealed one; those it had are taken away", "")
        .operand("KEY", "")
        .operand("ACTIVE", "snapshot")
        .details("From then on it cannot be written, and can be the parent of others. Nobody is to write to it meanwhile.")
        .example("snapshot:commit base work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    snapshots.commit(args.scope(), Defaults.snapshotter(args, namespaces, unpacker), args.operand(0), args.operand(1), Optional.empty(),
        Pairs.of(args, args.all("--label")));
    console.out().println(TextTable.harmless(args.operand(0)));
    return 0;
  }
}
