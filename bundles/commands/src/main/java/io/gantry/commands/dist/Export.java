package io.gantry.commands.dist;

import io.gantry.api.Platform;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.ExportRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:export}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=export"})
public final class Export extends Verb {
  @Reference Archives archives;
  @Reference Images images;

  public Export() {
    super(new Syntax("dist:export", "Write images into an archive")
        .option("--platform", "", "OS/ARCH", "Platform to write of an index (default: this machine's)", "")
        .flag("--all-platforms", "", "Write all that an index names")
        .operand("FILE", "file")
        .operands("IMAGE", "image")
        .details("FILE becomes a tar in OCI's image layout that 'docker load' reads too; - is the standard output. Equal images give "
            + "equal bytes.")
        .example("dist:export redis.tar docker.io/library/redis:latest")
        .example("dist:export - docker.io/library/redis:latest > redis.tar"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    ArchiveArgs told = ArchiveArgs.of(args, console);
    List<String> names = new ArrayList<>();
    for (String typed : args.from(1)) names.add(images.resolve(args.scope(), typed).name());
    var request = new ExportRequest(names, told.platform());
    if (args.operand(0).equals("-")) {
      archives.save(args.scope(), request, console.out());
      if (console.out().checkError()) throw new IOException("dist:export: the output was closed");
    } else {
      write(args, request, told.file());
    }
    return 0;
  }

  /** Under its name only when it is whole. */
  private void write(Args args, ExportRequest request, Path file) throws IOException {
    Path folder = file.getParent() == null ? Path.of("/") : file.getParent();
    if (!Files.isDirectory(folder)) throw args.wrong("there is no folder " + folder);
    Path fresh = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        archives.save(args.scope(), request, out);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
