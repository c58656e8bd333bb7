package io.gantry.commands.snapshot;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Defaults;
import io.gantry.commands.Each;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:usage}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=usage"})
public final class SnapshotUsage extends Verb {
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public SnapshotUsage() {
    super(Defaults.snapshotter(new Syntax("snapshot:usage", "Tell what snapshots take on the disk, without their parents"))
        .format()
        .anyOperands("KEY", "snapshot")
        .details("Without KEY all of the driver are looked at. One that is not committed is walked through, which may take a while.")
        .example("snapshot:usage work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    String snapshotter = Defaults.snapshotter(args, namespaces, unpacker);
    List<String> keys = args.operands().isEmpty() ? Page.all((after, max) -> snapshots.list(scope, snapshotter, after, max),
        SnapshotInfo::key).stream().map(SnapshotInfo::key).toList() : args.operands();
    boolean json = args.json();
    ArrayNode out = Json.array();
    var table = new TextTable("KEY", "SIZE", "INODES");
    int code = Each.of(keys, console, key -> {
      Usage u = snapshots.usage(scope, snapshotter, key);
      table.row(key, Text.size(u.sizeBytes()), Long.toString(u.inodes()));
      out.addObject().put("key", key).put("sizeBytes", u.sizeBytes()).put("inodes", u.inodes());
    });
    if (json) console.out().println(Json.pretty(out));
    else table.print(console);
    return args.operands().isEmpty() ? Math.max(code, Damages.tell(console, snapshots.damaged(scope, snapshotter))) : code;
  }
}
