package io.gantry.commands.dist;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.Checks;
import io.gantry.service.transfer.Checks.Damage;
import io.gantry.service.transfer.Checks.Verified;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:verify}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=verify"})
public final class Verify extends Verb {
  @Reference Images images;
  @Reference Checks checks;
  @Reference Contents contents;

  public Verify() {
    super(new Syntax("dist:verify", "Read blobs again and compare them with their digests")
        .flag("--all", "-a", "All blobs of the namespace, also those that no image has")
        .anyOperands("IMAGE", "image")
        .details(
            "Each corrupt blob is told, and at the end which image is none that can be read; the exit code is 1 then. A pull brings such a "
            + "blob again once it is gone: "
            + "dist:delete in each namespace that has it, then dist:gc, which takes its bytes.")
        .example("dist:verify docker.io/library/redis:latest")
        .example("dist:verify --all"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    if (args.has("--all") == !args.operands().isEmpty()) throw args.wrong("name images, or give --all");
    int code = 0;
    List<String> problems = new ArrayList<>();
    if (args.has("--all")) {
      code = one(args, console, "all blobs", Optional.empty());
      code = Math.max(code, Damages.tell(console, contents.damaged(args.scope()))); // those are not among them
    }
    for (String text : args.operands()) {
      try {
        Image image = images.resolve(args.scope(), text);
        code = Math.max(code, one(args, console, image.name(), Optional.of(image.target())));
      } catch (NotFoundException | InvalidException | UnsupportedException | ExhaustedException | CorruptException e) {
        problems.add(text + ": " + e.getMessage());
      }
    }
    problems.forEach(p -> console.err().println(TextTable.harmless(p)));
    return problems.isEmpty() ? code : 1;
  }

  private int one(Args args, Console console, String name, Optional<Descriptor> target) throws IOException {
    Verified v = checks.verify(args.scope(), target, p -> {});
    for (Damage d : v.damages()) {
      console.err().println(TextTable.harmless(name + ": " + d.digest() + " is corrupt: found " + d.found()));
    }
    if (!v.damages().isEmpty()) {
      console.err()
          .println("such a blob comes again by dist:delete DIGEST, in each namespace that has it, then dist:gc, then dist:pull IMAGE");
    }
    String corrupt = v.damages().isEmpty() ? "all right" : v.damages().size() + " corrupt";
    console.out().println(TextTable.harmless(name + ": " + v.blobs() + " blobs, " + Text.size(v.bytes()) + ", " + corrupt));
    return v.damages().isEmpty() ? 0 : 1;
  }
}
