package io.gantry.commands.dist;

import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.Transfers;
import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code dist:fetch}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=fetch"})
public final class Fetch extends Verb {
  @org.osgi.service.component.annotations.Reference Transfers transfers;

  public Fetch() {
    super(new Syntax("dist:fetch", "Bring an image's bytes from a registry, and unpack nothing")
        .many("--platform", "", "OS/ARCH", "Platform to fetch (default: this machine's)", "")
        .flag("--all-platforms", "", "Fetch all that an index names")
        .flag("--quiet", "-q", "Print the digest only")
        .operand("REF", "image")
        .details("For images that are to be pushed, exported or read elsewhere; dist:pull unpacks too, and fetches nothing that is here. "
            + "One that failed or was cut goes on where it stopped, as dist:pull does.")
        .example("dist:fetch docker.io/library/redis:latest")
        .example("dist:fetch --all-platforms redis:7"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    if (args.has("--platform") && args.has("--all-platforms")) throw args.wrong("--platform and --all-platforms are one or the other");
    Reference reference;
    List<Platform> platforms;
    try {
      reference = Reference.parse(args.operand(0));
      platforms = args.has("--all-platforms") ? List.of()
          : args.has("--platform") ? args.all("--platform").stream().map(Platform::parse).distinct().toList() : List.of(Platform.host());
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    boolean quiet = args.has("--quiet");
    Pulled fetched;
    try (var view = new ProgressView(console, quiet)) {
      fetched = transfers.fetch(args.scope(), new FetchRequest(reference, platforms), view);
      if (!quiet && !console.terminal()) console.out().println(view.total(fetched.fetchedBytes()));
    }
    if (quiet) console.out().println(fetched.image().target().digest());
    return 0;
  }
}
