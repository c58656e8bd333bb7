package io.gantry.commands.driver;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code driver:remove}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=driver",
    "osgi.command.function=remove"})
public final class DriverRemove extends Verb {
  @Reference Drivers drivers;
  @Reference Deployments deployments;

  public DriverRemove() {
    super(new Syntax("driver:remove", "Take a driver's bundle away; its data stay").operand("NAME", "driver")
        .details("Its records stay listed, and calls that need it are Unavailable until it is installed again.")
        .example("driver:remove snapshot/native"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    DriverRef ref = DriverNames.find(args.scope(), drivers, args.operand(0));
    deployments.remove(args.scope(), ref);
    console.out().println(ref);
    return 0;
  }
}
