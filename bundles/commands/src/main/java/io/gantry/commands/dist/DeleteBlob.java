package io.gantry.commands.dist;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Each;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:delete}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=delete"})
public final class DeleteBlob extends Verb {
  @Reference Contents contents;

  public DeleteBlob() {
    super(new Syntax("dist:delete", "Remove blobs, whether an image needs them or not")
        .operands("DIGEST", "digest")
        .details("For blobs that are corrupt, or were brought by hand: images are removed by dist:rmi. A pull brings them again.")
        .example("dist:delete sha256:6c3c624b58db…"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    for (String word : args.operands()) Digests.of(args, word);
    return Each.of(args.operands(), console, word -> {
      contents.remove(args.scope(), Digests.of(args, word));
      console.out().println(word);
    });
  }
}
