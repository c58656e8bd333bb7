package io.gantry.commands.snapshot;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:prepare}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=prepare"})
public final class SnapshotPrepare extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotPrepare() {
    super(NewSnapshot.options(new Syntax("snapshot:prepare", "Make a writable snapshot"))
        .details("Without PARENT it is empty; PARENT is the key of a committed one, as an image's layers are.")
        .example("snapshot:prepare work sha256:6c3c624b58db…"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    NewSnapshot.tell(args, console, Defaults.snapshotter(args, namespaces, unpacker), snapshots, snapshots::prepare);
    return 0;
  }
}
