package io.gantry.commands.snapshot;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What making an active snapshot and making a view have in common. */
final class NewSnapshot {
  /** One of both. */
  @FunctionalInterface
  interface Make {
    SnapshotInfo apply(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels)
        throws IOException;
  }

  private NewSnapshot() {}

  static Syntax options(Syntax syntax) {
    return Defaults.snapshotter(syntax)
        .option("--target", "", "DIR", "Print the commands that mount it there", "file")
        .many("--label", "-l", "KEY=VALUE", "Label of the snapshot", "")
        .operand("KEY", "")
        .optional("PARENT", "snapshot");
  }

  static void tell(Args args, Console console, String snapshotter, Snapshots snapshots, Make make) throws IOException {
    Scope scope = args.scope();
    String key = args.operand(0);
    String parent = args.operand(1, "");
    make.apply(scope, snapshotter, key, parent.isEmpty() ? Optional.empty() : Optional.of(parent), Pairs.of(args, args.all("--label")));
    if (!args.has("--target")) {
      console.out().println(TextTable.harmless(key));
      return;
    }
    Path target = console.file(args.get("--target", ""));
    for (Mount m : snapshots.mounts(scope, snapshotter, key)) console.out().println(command(m, target));
  }

  /** As mount(8) takes it. */
  static String command(Mount m, Path target) {
    Path at = m.target().isEmpty() ? target : target.resolve(m.target().replaceFirst("^/+", ""));
    String options = m.options().isEmpty() ? "" : " -o " + String.join(",", m.options());
    return TextTable.harmless("mount -t " + m.type() + " " + m.source() + " " + at + options);
  }
}
