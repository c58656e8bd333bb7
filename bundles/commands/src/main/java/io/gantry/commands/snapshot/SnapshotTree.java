package io.gantry.commands.snapshot;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Damaged;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
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
        .details("Behind a key stands its kind, where it is not committed. A record that is damaged is told on the standard error, and the"
            + " exit code is 1 then; what has it as parent is shown below its key.")
        .example("snapshot:tree --snapshotter overlayfs"));
  }

  /** @param note what stands behind its key */
  private record Node(String key, String note) {
    static Node of(SnapshotInfo s) {
      return new Node(s.key(), s.kind() == SnapKind.SEALED ? "" : " (" + SnapshotList.kind(s) + ")");
    }
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<String> names = args.has("--snapshotter") ? List.of(args.get("--snapshotter", "")) : snapshots.snapshotters(scope);
    var damaged = new ArrayList<Damaged>();
    for (String name : names) {
      List<SnapshotInfo> all = Page.all((after, max) -> snapshots.list(scope, name, after, max), SnapshotInfo::key);
      List<Damaged> unread = snapshots.damaged(scope, name);
      damaged.addAll(unread);
      if (all.isEmpty()) continue;
      console.out().println(TextTable.harmless(name));
      print(console, children(all, unread), "", "");
    }
    return Damages.tell(console, damaged);
  }

  /** By the keys of their parents; below none are those without one, and parents that are not among them all. */
  private static Map<String, List<Node>> children(List<SnapshotInfo> all, List<Damaged> unread) {
    var children = new TreeMap<String, List<Node>>();
    var missing = new TreeSet<String>();
    for (SnapshotInfo s : all) {
      children.computeIfAbsent(s.parent().orElse(""), k -> new ArrayList<>()).add(Node.of(s));
      s.parent().ifPresent(missing::add);
    }
    for (SnapshotInfo s : all) missing.remove(s.key());
    for (String key : missing) {
      boolean known = unread.stream().anyMatch(d -> d.id().equals(key));
      children.computeIfAbsent("", k -> new ArrayList<>()).add(new Node(key, known ? " (damaged)" : " (not listed)"));
    }
    return children;
  }

  private static void print(Console console, Map<String, List<Node>> children, String parent, String indent) {
    List<Node> all = children.getOrDefault(parent, List.of());
    for (int i = 0; i < all.size(); i++) {
      Node n = all.get(i);
      boolean last = i == all.size() - 1;
      console.out().println(indent + (last ? "└── " : "├── ") + TextTable.harmless(n.key()) + n.note());
      print(console, children, n.key(), indent + (last ? "    " : "│   "));
    }
  }
}
