package io.gantry.commands.snapshot;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.mount.Mounts;
import io.gantry.service.mount.Mounts.Active;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:unmount}. */
@Component(service = {Function.class, Verb.class}, configurationPid = "commands", property = {"osgi.command.scope=snapshot",
    "osgi.command.function=unmount"})
public final class SnapshotUnmount extends Verb {
  @Reference Snapshots snapshots;
  @Reference Mounts mounts;

  public SnapshotUnmount() {
    super(new Syntax("snapshot:unmount", "Unmount what snapshot:mount mounted").operand("DIR", "file")
        .example("snapshot:unmount /mnt/redis"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Path dir = Path.of(args.operand(0)).normalize();
    String key = SnapshotMount.MountName.of(dir);
    Active active = mounts.find(scope, key).orElseThrow(() -> new NotFoundException("nothing of ours is mounted on " + dir));
    mounts.deactivate(scope, key);
    String snapshotter = active.holds().substring(0, active.holds().indexOf(' '));
    if (snapshots.find(scope, snapshotter, key).isPresent()) snapshots.remove(scope, snapshotter, key);
    console.out().println(dir);
    return 0;
  }
}
