package io.gantry.commands.snapshot;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:label}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=label"})
public final class SnapshotLabel extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotLabel() {
    super(Defaults.snapshotter(new Syntax("snapshot:label", "Set labels of a snapshot, and print what it has then"))
        .operand("KEY", "snapshot")
        .anyOperands("KEY=VALUE", "")
        .details("KEY= removes a label.")
        .example("snapshot:label base containerd.io/gc.root=mine"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Map<String, String> changes = Pairs.of(args, args.from(1));
    Pairs.print(console, snapshots.label(args.scope(), Defaults.snapshotter(args, namespaces, unpacker), args.operand(0), changes)
        .labels());
    return 0;
  }
}
