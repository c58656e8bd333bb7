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

/** {@code snapshot:view}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=view"})
public final class SnapshotView extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotView() {
    super(NewSnapshot.options(new Syntax("snapshot:view", "Make a snapshot that cannot be written, to look at a committed one"))
        .example("snapshot:view look sha256:6c3c624b58db… --target /mnt"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    NewSnapshot.tell(args, console, Defaults.snapshotter(args, namespaces, unpacker), snapshots, snapshots::view);
    return 0;
  }
}
