package io.gantry.commands.dist;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Collector;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kept;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:gc}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=gc"})
public final class Gc extends Verb {
  /** Of leases in a line. */
  private static final int MOST = 3;

  @Reference Collector collector;

  public Gc() {
    super(new Syntax("dist:gc", "Remove what nothing refers to any more")
        .flag("--dry-run", "", "Say what would go, and remove nothing")
        .flag("--strays", "", "Also the bytes and trees that no record tells of where they are many, as after a change of records.cfg")
        .format()
        .details(
            "Of all namespaces: blobs and snapshots that no image, container or lease needs, leases and images after their end, and writes"
            + " that nobody went on with for a day. It runs by itself, too, soon after something was removed; what was made a moment ago"
            + " by a client without a lease stays for some minutes. Leases that hold what nothing else needs are named, with their ends;"
            + " lease:remove lets go of it sooner.")
        .example("dist:gc --dry-run"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    boolean dryRun = args.has("--dry-run");
    Report report = collector.collect(args.scope(), new CollectRequest(dryRun, args.has("--strays")));
    if (args.json()) {
      console.out().println(Json.pretty(json(report, dryRun)));
      return 0;
    }
    if (!report.gone().isEmpty()) {
      var table = new TextTable("KIND", "NAMESPACE", "ID", "SIZE");
      for (Gone g : report.gone()) {
        table.row(kind(g), g.namespace().isEmpty() ? "-" : g.namespace(), TextTable.harmless(g.id()), g.bytes() == 0 ? "-" : Text.size(g
            .bytes()));
      }
      table.print(console);
    }
    for (String s : report.skipped()) console.err().println("left alone: " + TextTable.harmless(s));
    if (!report.kept().isEmpty()) console.out().println(kept(report.kept()));
    console.out().println(Text.size(report.bytes()) + (dryRun ? " would be freed" : " freed"));
    return 0;
  }

  private static String kept(List<Kept> all) {
    String some = all.stream().limit(MOST).map(Gc::text).collect(Collectors.joining("; "));
    String more = all.size() > MOST ? "; and " + (all.size() - MOST) + " more, see lease:list" : "";
    return "kept by leases: " + all.size() + " (" + some + more + ")";
  }

  private static String text(Kept k) {
    return TextTable.harmless(k.lease()) + " of " + k.namespace() + ", " + k.until().map(t -> "until " + t).orElse("without an end");
  }

  private static String kind(Gone g) {
    return g.kind().name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode json(Report report, boolean dryRun) {
    ObjectNode o = Json.object().put("dryRun", dryRun).put("bytes", report.bytes()).put("tookMillis", report.took().toMillis());
    var gone = o.putArray("gone");
    for (Gone g : report.gone()) {
      gone.addObject().put("kind", kind(g)).put("namespace", g.namespace()).put("id", g.id()).put("bytes", g.bytes());
    }
    var skipped = o.putArray("skipped");
    report.skipped().forEach(skipped::add);
    var kept = o.putArray("kept");
    for (Kept k : report.kept()) {
      ObjectNode lease = kept.addObject().put("namespace", k.namespace()).put("lease", k.lease());
      k.until().ifPresent(t -> lease.put("until", t.toString()));
    }
    return o;
  }
}
