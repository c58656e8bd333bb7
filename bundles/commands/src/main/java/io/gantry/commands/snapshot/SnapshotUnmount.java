package io.gantry.commands.snapshot;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.mount.Mounts;
import io.gantry.service.mount.Mounts.Active;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:unmount}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=snapshot",
    "osgi.command.function=unmount"})
public final class SnapshotUnmount extends Verb {
  @Reference Snapshots snapshots;
  @Reference Mounts mounts;
  @Reference Drivers drivers;

  public SnapshotUnmount() {
    super(new Syntax("snapshot:unmount", "Unmount what snapshot:mount mounted").operand("DIR", "file")
        .example("snapshot:unmount /mnt/redis"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Path dir = console.file(args.operand(0));
    String key = SnapshotMount.MountName.of(dir);
    Optional<Active> active = mounts.find(scope, key);
    mounts.deactivate(scope, key);
    Set<String> snapshotters = drivers.of(scope, Snapshotter.KIND).stream().map(DriverRef::name)
        .collect(Collectors.toCollection(TreeSet::new));
    active.ifPresent(a -> snapshotters.add(a.holds().substring(0, a.holds().indexOf(' '))));
    boolean found = active.isPresent();
    for (String s : snapshotters) { // a mount that was not finished, or whose removal was not, left its view alone
      if (snapshots.find(scope, s, key).isEmpty()) continue;
      snapshots.remove(scope, s, key);
      found = true;
    }
    if (!found) throw new NotFoundException("nothing of ours is mounted on " + dir);
    console.out().println(dir);
    return 0;
  }
}
