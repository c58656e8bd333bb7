package io.gantry.commands.dist;

import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Images;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:rmi}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=rmi"})
public final class Rmi extends Verb {
  @Reference Images images;

  public Rmi() {
    super(new Syntax("dist:rmi", "Remove the names of images")
        .operands("IMAGE", "image")
        .details(
            "The name goes at once. What no other image, container or lease needs goes with it, about a second later (dist:gc tells what, "
            + "and"
            + " waits for it, and names leases that keep something). Containers that run from it are not touched.")
        .example("dist:rmi docker.io/library/redis:latest"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, text -> {
      console.out().println(TextTable.harmless(removed(args.scope(), text)));
    });
  }

  /** What is damaged is not looked into, and goes by its whole name. */
  private String removed(Scope scope, String text) throws IOException {
    try {
      String name = images.resolve(scope, text).name();
      images.remove(scope, name);
      return name;
    } catch (CorruptException e) {
      try {
        images.remove(scope, text);
        return text;
      } catch (NotFoundException another) {
        throw e;
      }
    }
  }
}
