package io.gantry.commands.driver;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.Function;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@code driver:list}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=driver",
    "osgi.command.function=list"})
public final class DriverList extends Verb {
  private static final int SHORT_DIGEST = 19;
  @Reference Drivers drivers;
  /** Where it is away, drivers are listed all the same. */
  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC) volatile Deployments deployments;
  @Activate BundleContext context;

  public DriverList() {
    super(new Syntax("driver:list", "List the drivers: which bundle is in use, how it is, and why not")
        .flag("--quiet", "-q", "Print kind/name only")
        .format()
        .details("STATE: active (in use), ready (activated at its first use), dormant (installed beside the one in use), draining (being "
            + "replaced), failed, absent. DIGEST is the SHA-256 of the bundle's jar (whole with --format json). BORROWS counts the calls "
            + "that are in the driver at this moment, +n those that were given up. What is wrong with a configuration file or a jar, and "
            + "in no "
            + "WHY,\nis below the table.")
        .example("driver:list"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    List<DriverState> all = drivers.list(args.scope());
    if (args.has("--quiet")) {
      all.stream().map(s -> s.ref().toString()).distinct().forEach(console.out()::println);
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (DriverState s : all) {
        var o = out.addObject().put("kind", s.ref().kind()).put("name", s.ref().name()).put("bundle", s.bundle())
            .put("version", s.version());
        o.put("digest", digest(s)).put("state", state(s)).put("epoch", s.epoch()).put("borrows", s.borrows());
        o.put("abandoned", s.abandoned()).put("since", s.since().toString()).put("why", s.why());
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("KIND", "NAME", "BUNDLE", "VERSION", "DIGEST", "STATE", "EPOCH", "BORROWS", "WHY");
      for (DriverState s : all) {
        String full = digest(s);
        String digest = full.isEmpty() ? "-" : full.substring(0, Math.min(SHORT_DIGEST, full.length()));
        String borrows = s.borrows() + (s.abandoned() > 0 ? "+" + s.abandoned() : "");
        table.row(s.ref().kind(), s.ref().name(), s.bundle(), s.version(), digest, state(s), Long.toString(s.epoch()), borrows, s.why());
      }
      table.print(console);
      Deployments now = deployments;
      List<String> problems = now == null ? List.of() : now.problems(args.scope());
      for (String p : problems) if (all.stream().noneMatch(s -> s.why().contains(p))) console.out().println(TextTable.harmless(p));
    }
    return 0;
  }

  /** Of the jar, which for a shipped bundle is that of the archive. */
  private String digest(DriverState s) throws IOException {
    if (s.digest().isPresent()) return s.digest().get();
    Bundle b = s.bundleId() == 0 ? null : context.getBundle(s.bundleId());
    return b == null ? "" : Shipped.digest(b.getLocation()).orElse("");
  }

  private static String state(DriverState s) {
    return s.state().name().toLowerCase(Locale.ROOT);
  }
}
