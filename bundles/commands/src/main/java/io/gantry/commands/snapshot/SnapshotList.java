package io.gantry.commands.snapshot;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Damaged;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:list}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=snapshot",
    "osgi.command.function=list"})
public final class SnapshotList extends Verb {
  @Reference Snapshots snapshots;

  public SnapshotList() {
    super(new Syntax("snapshot:list", "List snapshots with their parents")
        .option("--snapshotter", "", "NAME", "Of this driver only (default: all that have any)", "snapshotter")
        .flag("--quiet", "-q", "Print the keys only")
        .format()
        .details(Damages.HELP)
        .example("snapshot:list --snapshotter overlayfs"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<String> names = snapshots.snapshotters(scope);
    if (args.has("--snapshotter")) names = List.of(known(args.get("--snapshotter", ""), names));
    var all = new ArrayList<SnapshotInfo>();
    var damaged = new ArrayList<Damaged>();
    for (String name : names) {
      all.addAll(Page.all((after, max) -> snapshots.list(scope, name, after, max), SnapshotInfo::key));
      damaged.addAll(snapshots.damaged(scope, name));
    }
    if (args.has("--quiet")) {
      all.forEach(s -> console.out().println(TextTable.harmless(s.key())));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (SnapshotInfo s : all) out.add(json(s));
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("SNAPSHOTTER", "KEY", "PARENT", "KIND", "SIZE");
      for (SnapshotInfo s : all) {
        table.row(s.snapshotter(), s.key(), s.parent().orElse("-"), kind(s), s.usage().map(u -> Text.size(u.sizeBytes())).orElse("-"));
      }
      table.print(console);
    }
    return Damages.tell(console, damaged);
  }

  private static String known(String name, List<String> all) throws NotFoundException {
    if (all.contains(name)) return name;
    throw new NotFoundException("there is no driver snapshot/" + name + ", and no snapshot of it; there are " + String.join(", ", all));
  }

  static ObjectNode json(SnapshotInfo s) {
    ObjectNode o = Json.object().put("snapshotter", s.snapshotter()).put("key", s.key()).put("id", s.id().value());
    o.put("kind", kind(s)).put("parent", s.parent().orElse("")).put("created", s.created().toString());
    s.usage().ifPresent(u -> o.put("sizeBytes", u.sizeBytes()).put("inodes", u.inodes()));
    Json.map(o, "labels", s.labels());
    return o;
  }

  static String kind(SnapshotInfo s) {
    return switch (s.kind()) {
      case ACTIVE -> "active";
      case VIEW -> "view";
      case SEALED -> "committed";
    };
  }
}
