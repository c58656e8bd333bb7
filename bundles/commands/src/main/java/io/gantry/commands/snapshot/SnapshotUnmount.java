package io.gantry.commands.snapshot;

import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.mount.Mounts;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:unmount}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=snapshot",
    "osgi.command.function=unmount"})
public final class SnapshotUnmount extends Verb {
  @Reference Snapshots snapshots;
  @Reference Mounts mounts;

  public SnapshotUnmount() {
    super(new Syntax("snapshot:unmount", "Unmount what snapshot:mount mounted").operand("DIR", "file")
        .details("Also where the record of it is damaged: whatever is mounted on DIR goes then, and DIR stays.")
        .example("snapshot:unmount /mnt/redis"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Path dir = console.file(args.operand(0));
    String key = SnapshotMount.MountName.of(dir);
    boolean found = isThere(scope, key);
    mounts.deactivate(scope, key, dir);
    for (String s : snapshots.snapshotters(scope)) { // a mount that was not finished, or whose removal was not, left its view alone
      try {
        snapshots.remove(scope, s, key);
        found = true;
      } catch (NotFoundException e) {
        continue; // it is not of this one
      }
    }
    if (!found) throw new NotFoundException("nothing of ours is mounted on " + dir);
    console.out().println(dir);
    return 0;
  }

  /** Where the mount's record is damaged, its folder is known all the same. */
  private boolean isThere(Scope scope, String key) throws IOException {
    try {
      return mounts.find(scope, key).isPresent();
    } catch (CorruptException damaged) {
      return true;
    }
  }
}
