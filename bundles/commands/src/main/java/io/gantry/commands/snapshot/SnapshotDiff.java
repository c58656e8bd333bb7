package io.gantry.commands.snapshot;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Reader;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code snapshot:diff}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=snapshot", "osgi.command.function=diff"})
public final class SnapshotDiff extends Verb {
  private static final Duration PATIENCE = Duration.ofHours(24);
  @Reference Snapshots snapshots;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;
  @Reference Contents contents;
  @Reference Leases leases;

  public SnapshotDiff() {
    super(Defaults.snapshotter(new Syntax("snapshot:diff", "Write what a snapshot changed as a layer to the standard output"))
        .flag("--keep", "", "Keep the layer as a blob, and print its digest in its place")
        .option("--media-type", "", "TYPE", "Type of the layer (default: " + DiffRequest.GZIP + ")", "")
        .many("--label", "-l", "KEY=VALUE", "Label of the blob", "")
        .operand("KEY", "snapshot")
        .optional("UPPER", "snapshot")
        .details("What KEY changed against its parent, or where UPPER is given, what that has changed against KEY. A blob that is kept has "
            + "the label containerd.io/gc.root, and goes by dist:delete.")
        .example("snapshot:diff work > layer.tar.gz")
        .example("snapshot:diff --keep base work"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Map<String, String> labels = Pairs.of(args, args.all("--label"));
    boolean keep = args.has("--keep");
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    if (keep) labels.putIfAbsent("containerd.io/gc.root", now);
    var request = new DiffRequest(args.get("--media-type", DiffRequest.GZIP), Optional.empty(), labels, Optional.empty());
    Map<String, String> expires = Map.of(Lease.EXPIRE, Instant.now().plus(PATIENCE).truncatedTo(ChronoUnit.SECONDS).toString());
    String lease = leases.create(args.scope(), "", expires).id(); // holds views and blob; what is left of a crash goes with it
    try {
      Descriptor layer = diff(args, args.scope().withLease(lease), request);
      if (keep) console.out().println(layer.digest());
      else write(args.scope(), layer.digest(), console);
    } finally {
      leases.remove(args.scope(), lease);
    }
    return 0;
  }

  private Descriptor diff(Args args, Scope scope, DiffRequest request) throws IOException {
    String snapshotter = Defaults.snapshotter(args, namespaces, unpacker);
    SnapshotInfo first = snapshots.get(scope, snapshotter, args.operand(0));
    var views = new ArrayList<String>();
    try {
      List<Mount> lower;
      List<Mount> upper;
      if (args.operands().size() > 1) {
        lower = mounts(scope, first, views);
        upper = mounts(scope, snapshots.get(scope, snapshotter, args.operand(1)), views);
      } else {
        lower = first.parent().isEmpty() ? List.of() : mounts(scope, snapshots.get(scope, snapshotter, first.parent().get()), views);
        upper = mounts(scope, first, views);
      }
      return unpacker.diff(scope, lower, upper, request);
    } finally {
      for (String view : views) snapshots.remove(scope, snapshotter, view);
    }
  }

  private List<Mount> mounts(Scope scope, SnapshotInfo s, List<String> views) throws IOException {
    String key = s.key();
    if (s.kind() == SnapKind.SEALED) {
      key = "diff-" + UUID.randomUUID();
      snapshots.view(scope, s.snapshotter(), key, Optional.of(s.key()), Map.of());
      views.add(key);
    }
    return snapshots.mounts(scope, s.snapshotter(), key);
  }

  private void write(Scope scope, Digest layer, Console console) throws IOException {
    try (Reader reader = contents.reader(scope, layer); InputStream in = reader.stream(0)) {
      in.transferTo(console.out());
    }
    if (console.out().checkError()) throw new IOException("snapshot:diff: the output was closed");
  }
}
