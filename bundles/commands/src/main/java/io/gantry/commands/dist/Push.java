package io.gantry.commands.dist;

import io.gantry.api.Descriptor;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import io.gantry.service.transfer.Transfers;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code dist:push}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=push"})
public final class Push extends Verb {
  @org.osgi.service.component.annotations.Reference Transfers transfers;
  @org.osgi.service.component.annotations.Reference Images images;
  @org.osgi.service.component.annotations.Reference ImageTree tree;

  public Push() {
    super(new Syntax("dist:push", "Push an image to a registry")
        .option("--platform", "", "OS/ARCH", "Push the image for this platform alone", "")
        .flag("--all-platforms", "", "Push an index with all that it names, or nothing")
        .flag("--quiet", "-q", "Print the digest only")
        .operand("LOCAL", "image")
        .optional("REMOTE", "image")
        .details("REMOTE is host/repository:tag; without it the image's own name. Without --platform and --all-platforms an index goes as "
            + "a whole where all of it is here, else the image for this machine alone. What the registry has is not sent again.")
        .example("dist:push docker.io/library/redis:latest registry.example.com/team/redis:7")
        .example("dist:push --platform linux/arm64 redis 127.0.0.1:5000/redis:arm64"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    if (args.has("--platform") && args.has("--all-platforms")) throw args.wrong("--platform and --all-platforms are one or the other");
    Image image = images.resolve(args.scope(), args.operand(0));
    Reference reference;
    Optional<Platform> platform;
    try {
      reference = Reference.parse(args.operand(1, image.name()));
      platform = args.has("--platform") ? Optional.of(Platform.parse(args.get("--platform", ""))) : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    boolean quiet = args.has("--quiet");
    if (platform.isEmpty() && !args.has("--all-platforms") && !whole(args.scope(), image.target())) {
      platform = Optional.of(Platform.host());
      if (!quiet) console.out().println("not all platforms of " + image.name() + " are here; pushing " + platform.get());
    }
    Pushed pushed;
    try (var view = new ProgressView(console, quiet)) {
      pushed = transfers.push(args.scope(), new PushRequest(image.target(), reference, platform), view);
      if (!quiet && !console.terminal()) console.out().println(view.total(pushed.sentBytes()));
    }
    if (quiet) console.out().println(pushed.target().digest());
    return 0;
  }

  /** A single manifest is taken as it is, and what it lacks is told by the push. */
  private boolean whole(Scope scope, Descriptor target) throws IOException {
    ImageTree.Node root = tree.tree(scope, target);
    return root.children().stream().allMatch(c -> c.present() && c.children().stream().allMatch(ImageTree.Node::present))
        || !target.mediaType().contains("index") && !target.mediaType().contains("list");
  }
}
