package io.gantry.commands.lease;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Lasting;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lease:create}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=lease", "osgi.command.function=create"})
public final class LeaseCreate extends Verb {
  private static final String NEVER = "never";
  private static final String DAY = "24h";
  @Reference Leases leases;

  public LeaseCreate() {
    super(new Syntax("lease:create", "Make a lease, and print its id")
        .option("--id", "", "ID", "Its id (default: a new one)", "")
        .option("--expires", "-x", "TIME", "How long it holds: 90s, 30m, 24h, 7d, or never (default: " + DAY + ")", "")
        .anyOperands("KEY=VALUE", "")
        .example("lease:create --id build --expires 2h team=blue"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Map<String, String> labels = Pairs.of(args, args.operands());
    String expires = args.get("--expires", DAY);
    try {
      if (!expires.equals(NEVER)) {
        labels.put(Lease.EXPIRE, Instant.now().plus(Lasting.parse(expires)).truncatedTo(ChronoUnit.SECONDS).toString());
      }
    } catch (IllegalArgumentException e) {
      throw args.wrong("--expires: " + e.getMessage() + ", or " + NEVER);
    }
    console.out().println(leases.create(args.scope(), args.get("--id", ""), labels).id());
    return 0;
  }
}
