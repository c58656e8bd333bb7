package io.gantry.commands.dist;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
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
            + " waits for it). Containers that run from it are not touched.")
        .example("dist:rmi docker.io/library/redis:latest"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    return Each.of(args.operands(), console, text -> {
      Image image = images.resolve(args.scope(), text);
      images.remove(args.scope(), image.name());
      console.out().println(TextTable.harmless(image.name()));
    });
  }
}
