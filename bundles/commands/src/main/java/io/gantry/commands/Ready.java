package io.gantry.commands;

import io.gantry.service.driver.Deployments;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code gantry:ready}: what {@code gantry start} waits for. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=gantry",
    "osgi.command.function=ready"})
public final class Ready extends Verb {
  private static final int INCOMPLETE = 3;
  private static final String PATIENCE_SECONDS = "10";
  @Activate BundleContext context;
  @Reference Deployments deployments;

  public Ready() {
    super(new Syntax("gantry:ready", "Wait until every command is there")
        .option("--timeout", "", "N", "Seconds to wait at most (default: " + PATIENCE_SECONDS + ")", "")
        .details("A command is there when the services it needs are. Exit code: 0, or " + INCOMPLETE
        + " where some have not come or a configuration is wrong, with a line on each.")
        .example("gantry:ready --timeout 30"));
  }

  @Override
  protected int run(Args args, Console console) throws InterruptedIOException, io.gantry.api.InvalidException {
    String timeout = args.get("--timeout", PATIENCE_SECONDS);
    if (!timeout.matches("[0-9]{1,5}")) throw args.wrong("--timeout is '" + timeout + "', expected seconds");
    Set<String> missing = new Verbs(context).await(Duration.ofSeconds(Integer.parseInt(timeout)));
    List<String> problems = deployments.problems(args.scope());
    problems.forEach(console.err()::println);
    if (missing.isEmpty()) return problems.isEmpty() ? 0 : INCOMPLETE;
    console.err().println("these commands are not there, since what they need has not come: " + String.join(", ", missing)
        + "; see driver:list and the log");
    return INCOMPLETE;
  }
}
