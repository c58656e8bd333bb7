package io.gantry.commands.dist;

import io.gantry.api.InvalidException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.driver.Drivers;
import io.gantry.service.transfer.Credentials;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:login}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=login"})
public final class Login extends Verb {
  private static final int INTERRUPTED = 130;
  @Reference Credentials credentials;
  @Reference Drivers drivers;

  public Login() {
    super(new Syntax("dist:login", "Check a user's password with a registry, and keep it")
        .option("--user", "-u", "NAME", "User name; without it the secret is an identity token", "")
        .operand("HOST", "")
        .details(
            "The password is read from the standard input, unseen at a terminal, and never from the command line. The registry is asked "
            + "first; a password that it "
            + "takes is kept in a file of mode 0600 below the root, any other is not, and what was kept before stays.")
        .example("dist:login -u ann registry.example.com < password.txt"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Optional<String> typed = console.keyboard() ? Password.typed(console) : Optional.of(Password.line(console.in()));
    if (typed.isEmpty()) return INTERRUPTED;
    String secret = typed.get();
    if (secret.isEmpty()) throw new InvalidException("dist:login: no password came on the standard input");
    String host = args.operand(0);
    var credential = new Credential(args.get("--user", ""), secret);
    boolean asked = new Trial(host, credential, args.scope().deadline()).ask(credentials, drivers, args.scope());
    credentials.put(args.scope(), host, credential);
    console.out().println(asked ? host + " takes it; kept" : "kept, but " + host + " asked for no password");
    return 0;
  }
}
