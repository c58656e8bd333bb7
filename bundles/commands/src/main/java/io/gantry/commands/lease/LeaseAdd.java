package io.gantry.commands.lease;

import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.util.ArrayList;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lease:add}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=lease", "osgi.command.function=add"})
public final class LeaseAdd extends Verb {
  @Reference Leases leases;

  public LeaseAdd() {
    super(new Syntax("lease:add", "Let a lease hold things")
        .flag("--release", "", "Let it hold them no more")
        .operand("ID", "lease")
        .operands("RESOURCE", "digest")
        .details("RESOURCE is content/DIGEST (or the digest alone), snapshots/SNAPSHOTTER/KEY, ingests/REF or images/NAME.")
        .example("lease:add build snapshots/overlayfs/work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    var all = new ArrayList<Lease.Resource>();
    for (String word : args.from(1)) all.add(resource(args, word));
    for (Lease.Resource r : all) {
      if (args.has("--release")) leases.release(args.scope(), args.operand(0), r);
      else leases.add(args.scope(), args.operand(0), r);
      console.out().println(TextTable.harmless(r.toString()));
    }
    return 0;
  }

  private static Lease.Resource resource(Args args, String word) throws IOException {
    int slash = word.indexOf('/');
    if (slash < 0 && word.contains(":")) return new Lease.Resource("content", word);
    if (word.startsWith("snapshots/")) slash = word.indexOf('/', slash + 1);
    if (slash < 1 || slash == word.length() - 1) {
      throw args.wrong("'" + word + "' is no resource, expected content/DIGEST, snapshots/SNAPSHOTTER/KEY, ingests/REF or images/NAME");
    }
    return new Lease.Resource(word.substring(0, slash), word.substring(slash + 1));
  }
}
