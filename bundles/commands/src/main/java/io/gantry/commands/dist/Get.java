package io.gantry.commands.dist;

import io.gantry.api.Digest;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.io.InputStream;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:get}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=get"})
public final class Get extends Verb {
  @Reference Contents contents;

  public Get() {
    super(new Syntax("dist:get", "Write a blob's bytes to the standard output")
        .operand("DIGEST", "digest")
        .example("dist:get sha256:6c3c624b58db… > layer.tar.gz"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Digest digest;
    try {
      digest = Digest.parse(args.operand(0));
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    try (Reader reader = contents.reader(args.scope(), digest); InputStream in = reader.stream(0)) {
      in.transferTo(console.out());
    }
    if (console.out().checkError()) throw new IOException("writing " + digest + ": the output was closed");
    return 0;
  }
}
