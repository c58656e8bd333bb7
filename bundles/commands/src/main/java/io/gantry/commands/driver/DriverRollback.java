package io.gantry.commands.driver;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code driver:rollback}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=driver",
    "osgi.command.function=rollback"})
public final class DriverRollback extends Verb {
  @Reference Drivers drivers;
  @Reference Deployments deployments;

  public DriverRollback() {
    super(new Syntax("driver:rollback", "Go back to the build that was in use before").operand("NAME", "driver")
        .example("driver:rollback snapshot/overlayfs"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    DriverUpdate.print(console, deployments.rollback(args.scope(), DriverNames.find(args.scope(), drivers, args.operand(0))));
    return 0;
  }
}
