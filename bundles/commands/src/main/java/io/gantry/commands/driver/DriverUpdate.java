package io.gantry.commands.driver;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code driver:update}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=driver",
    "osgi.command.function=update"})
public final class DriverUpdate extends Verb {
  @Reference Drivers drivers;
  @Reference Deployments deployments;

  public DriverUpdate() {
    super(new Syntax("driver:update", "Replace a driver by another build while it is used")
        .operand("NAME", "driver")
        .operand("FILE", "file")
        .details("Where the new build cannot be resolved or activated, the old one stays in use and the message says why.")
        .example("driver:update snapshot/overlayfs /tmp/snapshot.overlay-1.1.0.jar"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Path jar = JarFile.of(args, 1, console);
    print(console, deployments.update(args.scope(), DriverNames.find(args.scope(), drivers, args.operand(0)), jar));
    return 0;
  }

  static void print(Console console, List<Promotion> promotions) {
    for (Promotion p : promotions) {
      String cut = p.cut() > 0 ? ", " + p.cut() + " long calls begun again" : "";
      String forced = p.forced() > 0 ? ", " + p.forced() + " calls given up" : "";
      console.out().println(String.format(Locale.ROOT, "%s: %s → %s, gap %.1f ms%s%s", p.ref(), p.from(), p.to(), p.gap().toNanos() / 1e6,
          cut, forced));
    }
  }
}
