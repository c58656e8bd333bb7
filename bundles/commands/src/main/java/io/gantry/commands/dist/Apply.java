package io.gantry.commands.dist;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Defaults;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:apply}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=apply"})
public final class Apply extends Verb {
  private static final String TAR = "application/vnd.oci.image.layer.v1.tar";
  private static final int MAGIC = 4;
  private static final int GZIP = 0x1f8b;
  private static final int ZSTD = 0x28b52ffd;
  @Reference Contents contents;
  @Reference Snapshots snapshots;
  @Reference Unpacker unpacker;
  @Reference Namespaces namespaces;

  public Apply() {
    super(Defaults.snapshotter(new Syntax("dist:apply", "Unpack one layer into a folder or an active snapshot"))
        .option("--media-type", "", "TYPE", "Type of the layer (default: a tar, compressed as its first bytes tell)", "")
        .operand("DIGEST", "digest")
        .operand("DIR|KEY", "snapshot")
        .details("What begins with / or . is a folder, anything else the key of a snapshot that snapshot:prepare made. What is there stays "
            + "but for what the layer replaces or takes away. Prints the digest of the layer's tar.")
        .example("dist:apply sha256:6c3c624b58db… /tmp/tree"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Digest digest = Digests.of(args, args.operand(0));
    List<Mount> mounts = mounts(args, console);
    Info info = contents.info(scope, digest);
    String type = args.has("--media-type") ? args.get("--media-type", "") : type(scope, digest);
    Descriptor layer;
    try {
      layer = Descriptor.of(type, digest, info.size());
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    console.out().println(unpacker.apply(scope, layer, mounts).digest());
    return 0;
  }

  private List<Mount> mounts(Args args, Console console) throws IOException {
    String to = args.operand(1);
    if (!to.startsWith("/") && !to.startsWith(".")) {
      return snapshots.mounts(args.scope(), Defaults.snapshotter(args, namespaces, unpacker), to);
    }
    Path dir;
    try {
      dir = console.file(to);
    } catch (InvalidPathException e) {
      throw args.wrong("'" + to + "' is no folder's name");
    }
    if (!Files.isDirectory(dir)) throw new NotFoundException("dist:apply: there is no folder " + dir);
    return List.of(new Mount("bind", dir.toString(), "", List.of("rbind", "rw")));
  }

  private String type(Scope scope, Digest digest) throws IOException {
    ByteBuffer first = ByteBuffer.allocate(MAGIC);
    try (Reader reader = contents.reader(scope, digest)) {
      while (first.hasRemaining() && reader.read(first.position(), first) > 0) continue;
    }
    int magic = first.rewind().getInt();
    return magic >>> 16 == GZIP ? TAR + "+gzip" : magic == ZSTD ? TAR + "+zstd" : TAR;
  }
}
