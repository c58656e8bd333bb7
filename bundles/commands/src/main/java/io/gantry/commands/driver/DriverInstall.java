package io.gantry.commands.driver;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverState;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code driver:install}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=driver",
    "osgi.command.function=install"})
public final class DriverInstall extends Verb {
  @Reference Deployments deployments;

  public DriverInstall() {
    super(new Syntax("driver:install", "Install a bundle of new drivers from a jar")
        .operand("FILE", "file")
        .details("A driver needs a configuration file in the root's config folder, named kind.type~name.cfg. It is so after a restart.")
        .example("driver:install /tmp/snapshot.zfs-1.0.0.jar"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    for (DriverState s : deployments.install(args.scope(), JarFile.of(args, 0, console))) {
      console.out().println(s.ref() + ": " + s.bundle() + " " + s.version() + (s.why().isEmpty() ? "" : " (" + s.why() + ")"));
    }
    return 0;
  }
}
