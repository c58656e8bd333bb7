package io.gantry.commands.dist;

import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.transfer.Transfers;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code dist:fetch-object}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=fetch-object"})
public final class FetchObject extends Verb {
  @org.osgi.service.component.annotations.Reference Transfers transfers;

  public FetchObject() {
    super(new Syntax("dist:fetch-object", "Write bytes of a registry to the standard output")
        .operand("REF", "image")
        .optional("DIGEST", "digest")
        .details("Without DIGEST the manifest or index that REF means; with it that manifest, config or layer, which REF must name.\n"
            + "The bytes are hashed as they go by: where the exit code is not 0, what was written is of no use.")
        .example("dist:fetch-object docker.io/library/redis:latest")
        .example("dist:fetch-object redis:7 sha256:6c3c624b58db… > layer.tar.gz"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Reference reference;
    try {
      reference = Reference.parse(args.operand(0));
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    Optional<Digest> digest = args.operands().size() > 1 ? Optional.of(Digests.of(args, args.operand(1))) : Optional.empty();
    transfers.fetchObject(args.scope(), reference, digest, console.out());
    if (console.out().checkError()) throw new IOException("dist:fetch-object: the output was closed before all was written");
    return 0;
  }
}
