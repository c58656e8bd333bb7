package io.gantry.commands.snapshot;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Json;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:info}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=info"})
public final class SnapshotShow extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotShow() {
    super(Defaults.snapshotter(new Syntax("snapshot:info", "Show a snapshot: parent, labels, and how it is mounted"))
        .format()
        .operand("KEY", "snapshot")
        .example("snapshot:info work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    SnapshotInfo s = snapshots.get(scope, Defaults.snapshotter(args, namespaces, unpacker), args.operand(0));
    List<Mount> mounts = s.kind() == SnapKind.SEALED ? List.of() : snapshots.mounts(scope, s.snapshotter(), s.key());
    if (args.json()) {
      ObjectNode o = SnapshotList.json(s);
      o.put("updated", s.updated().toString());
      ArrayNode all = o.putArray("mounts");
      for (Mount m : mounts) {
        ArrayNode options = all.addObject().put("type", m.type()).put("source", m.source()).put("target", m.target()).putArray("options");
        m.options().forEach(options::add);
      }
      console.out().println(Json.pretty(o));
    } else {
      table(s, mounts).print(console);
    }
    return 0;
  }

  private static TextTable table(SnapshotInfo s, List<Mount> mounts) {
    var table = new TextTable("key:", s.key()).row("snapshotter:", s.snapshotter()).row("kind:", SnapshotList.kind(s))
        .row("parent:", s.parent().orElse("-")).row("created:", s.created().toString()).row("updated:", s.updated().toString());
    s.usage().ifPresent(u -> table.row("size:", Text.size(u.sizeBytes()) + ", " + u.inodes() + " inodes"));
    for (Mount m : mounts) table.row("mount:", m.type() + " " + m.source() + " (" + String.join(",", m.options()) + ")");
    for (String label : Pairs.lines(s.labels())) table.row("label:", label);
    return table;
  }
}
