package io.gantry.commands.dist;

import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.Transfers;
import java.io.IOException;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code dist:pull}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=pull"})
public final class Pull extends Verb {
  @org.osgi.service.component.annotations.Reference Transfers transfers;

  public Pull() {
    super(new Syntax("dist:pull", "Pull an image from a registry and unpack it")
        .option("--platform", "", "OS/ARCH", "Platform to pull (default: this machine's)", "")
        .option("--snapshotter", "", "NAME",
        "Snapshot driver to unpack with (default: of the namespace's label, else of transfer.cfg, overlayfs)", "snapshotter")
        .flag("--quiet", "-q", "Print the digest only")
        .operand("REF", "image")
        .details(
            "REF is host/repository:tag or …@digest; 'redis' is docker.io/library/redis:latest. A pull that failed or was cut "
            + "goes on where it stopped: what it has got stays for an hour (resume.minutes of transfer.cfg), and dist:gc names the lease "
            + "that "
            + "holds it.")
        .example("dist:pull docker.io/library/redis:latest"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Reference reference;
    Platform platform;
    try {
      reference = Reference.parse(args.operand(0));
      platform = args.has("--platform") ? Platform.parse(args.get("--platform", "")) : Platform.host();
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    boolean quiet = args.has("--quiet");
    Pulled pulled;
    try (var view = new ProgressView(console, quiet)) {
      pulled = transfers.pull(args.scope(), new PullRequest(reference, platform, args.get("--snapshotter", "")), view);
      if (!quiet && !console.terminal()) console.out().println(view.total(pulled.fetchedBytes()));
    }
    if (quiet) console.out().println(pulled.image().target().digest());
    return 0;
  }
}
