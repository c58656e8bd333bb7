package io.gantry.commands.dist;

import io.gantry.api.NotFoundException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.transfer.Credentials;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:logout}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=logout"})
public final class Logout extends Verb {
  @Reference Credentials credentials;

  public Logout() {
    super(new Syntax("dist:logout", "Forget the password for a registry").operand("HOST", "").example("dist:logout registry.example.com"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    String host = args.operand(0);
    if (!credentials.remove(args.scope(), host)) {
      throw new NotFoundException("there is no password for '" + host + "'; known: " + credentials.hosts(args.scope()));
    }
    console.out().println("forgotten for " + host);
    return 0;
  }
}
