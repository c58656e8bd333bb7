package io.gantry.commands.snapshot;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:tree}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=tree"})
public final class SnapshotTree extends Verb {
  @Reference Snapshots snapshots;

  public SnapshotTree() {
    super(new Syntax("snapshot:tree", "Show snapshots below their parents")
        .option("--snapshotter", "", "NAME", "Of this driver only (default: all that have any)", "snapshotter")
        .details("Behind a key stands its kind, where it is not committed.")
        .example("snapshot:tree --snapshotter overlayfs"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<String> names = args.has("--snapshotter") ? List.of(args.get("--snapshotter", "")) : snapshots.snapshotters(scope);
    for (String name : names) {
      var children = new TreeMap<String, List<SnapshotInfo>>();
      for (SnapshotInfo s : Page.all((after, max) -> snapshots.list(scope, name, after, max), SnapshotInfo::key)) {
        children.computeIfAbsent(s.parent().orElse(""), k -> new ArrayList<>()).add(s);
      }
      if (children.isEmpty()) continue;
      console.out().println(TextTable.harmless(name));
      print(console, children, "", "");
    }
    return 0;
  }

  private static void print(Console console, Map<String, List<SnapshotInfo>> children, String parent, String indent) {
    List<SnapshotInfo> all = children.getOrDefault(parent, List.of());
    for (int i = 0; i < all.size(); i++) {
      SnapshotInfo s = all.get(i);
      boolean last = i == all.size() - 1;
      String kind = s.kind() == SnapKind.SEALED ? "" : " (" + SnapshotList.kind(s) + ")";
      console.out().println(indent + (last ? "└── " : "├── ") + TextTable.harmless(s.key()) + kind);
      print(console, children, s.key(), indent + (last ? "    " : "│   "));
    }
  }
}
