package io.gantry.commands.snapshot;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:mount}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=snapshot",
    "osgi.command.function=mount"})
public final class SnapshotMount extends Verb {
  @Reference Images images;
  @Reference ImageTree tree;
  @Reference Unpacker unpacker;
  @Reference Snapshots snapshots;
  @Reference Mounts mounts;
  @Reference Drivers drivers;
  @Reference Namespaces namespaces;

  public SnapshotMount() {
    super(new Syntax("snapshot:mount", "Mount an image's tree, read only")
        .option("--snapshotter", "", "NAME", "Snapshot driver (default: one that has the image)", "snapshotter")
        .operand("IMAGE", "image")
        .operand("DIR", "file")
        .details("DIR is an empty folder, or one that is made. The mount stays until snapshot:unmount DIR, also when the manager ends.")
        .example("snapshot:mount docker.io/library/redis:latest /mnt/redis"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Path dir = console.file(args.operand(1));
    Image image = images.resolve(scope, args.operand(0));
    var resolved = tree.resolve(scope, image.target(), Optional.empty());
    String snapshotter = args.get("--snapshotter", "");
    if (snapshotter.isEmpty()) snapshotter = unpackedBy(scope, Defaults.snapshotter(args, namespaces, unpacker), resolved.diffIds());
    var refs = resolved.layers().stream().map(d -> "layer-" + d.digest()).toList();
    Digest top = unpacker.unpack(scope, new UnpackRequest(snapshotter, resolved.layers(), resolved.diffIds(), refs), p -> { });
    String key = MountName.of(dir);
    try {
      // nothing but the mount refers to it
      snapshots.view(scope, snapshotter, key, Optional.of(top.toString()), Map.of("containerd.io/gc.root", Instant.now().toString()));
    } catch (AlreadyExistsException e) {
      String what = mounts.find(scope, key).isPresent() ? "an image is mounted on " + dir + " already"
          : "an earlier mount on " + dir + " was not finished";
      throw new AlreadyExistsException(what + "; snapshot:unmount " + dir + " takes it away", e);
    }
    try {
      mounts.activate(scope, key, snapshots.mounts(scope, snapshotter, key), dir, snapshotter + " " + image.name());
    } catch (IOException | RuntimeException e) {
      try {
        snapshots.remove(scope, snapshotter, key);
      } catch (IOException cleanup) {
        e.addSuppressed(cleanup);
      }
      throw e;
    }
    console.out().println(dir);
    return 0;
  }

  /** The driver that has it whole; where none has, or the default one too, that. */
  private String unpackedBy(Scope scope, String standard, List<Digest> diffIds) throws IOException {
    List<String> all = new ArrayList<>(List.of(standard));
    drivers.of(scope, Snapshotter.KIND).stream().map(DriverRef::name).filter(n -> !n.equals(standard)).forEach(all::add);
    for (String each : all) if (unpacker.present(scope, each, diffIds) == diffIds.size()) return each;
    return standard;
  }

  /** Names of views by the folder they are mounted on. */
  static final class MountName {

    private MountName() {}

    static String of(Path dir) {
      return "mount-" + dir.toString().replace("%", "%25").replace("/", "%2f");
    }
  }
}
