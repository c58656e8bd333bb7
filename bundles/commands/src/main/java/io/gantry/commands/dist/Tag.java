package io.gantry.commands.dist;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import java.io.IOException;
import java.util.ArrayList;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:tag}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=tag"})
public final class Tag extends Verb {
  @Reference Images images;

  public Tag() {
    super(new Syntax("dist:tag", "Give an image further names")
        .flag("--force", "-f", "Move a name that is there")
        .operand("IMAGE", "image")
        .operands("NAME", "image")
        .details("'redis' as a name is docker.io/library/redis:latest. Labels go along.")
        .example("dist:tag docker.io/library/redis:latest registry.example.com/team/redis:7"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    var names = new ArrayList<String>();
    for (String word : args.from(1)) {
      try {
        names.add(io.gantry.api.Reference.parse(word).toString());
      } catch (IllegalArgumentException e) {
        throw args.wrong(e.getMessage());
      }
    }
    Image image = images.resolve(scope, args.operand(0));
    return Each.of(names, console, name -> {
      if (args.has("--force")) images.put(scope, name, image.target(), image.labels());
      else create(scope, name, image);
      console.out().println(TextTable.harmless(name));
    });
  }

  private void create(Scope scope, String name, Image image) throws IOException {
    try {
      images.create(scope, name, image.target(), image.labels());
    } catch (AlreadyExistsException e) {
      throw new AlreadyExistsException("image " + name + " is there already; --force moves the name", e);
    }
  }
}
