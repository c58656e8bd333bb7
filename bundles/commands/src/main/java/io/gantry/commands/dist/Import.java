package io.gantry.commands.dist;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.ImportRequest.Option;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.EnumSet;
import java.util.Set;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:import}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=import"})
public final class Import extends Verb {
  @Reference Archives archives;

  public Import() {
    super(new Syntax("dist:import", "Take images out of an archive and unpack them")
        .option("--base-name", "", "NAME",
        "Name of images that have a tag alone; others must begin with it (default: import-DATE, and all)",
            "image")
        .flag("--digests", "", "Make a name BASE@DIGEST for each image, too")
        .option("--platform", "", "OS/ARCH", "Platform that must be whole, and is unpacked (default: this machine's)", "")
        .flag("--all-platforms", "", "All that the archive names must be whole")
        .option("--snapshotter", "", "NAME",
        "Snapshot driver to unpack with (default: of the namespace's label, else of transfer.cfg, overlayfs)", "snapshotter")
        .flag("--no-unpack", "", "Do not unpack")
        .operand("FILE", "file")
        .details("FILE is a tar in OCI's image layout or of 'docker save', gzipped or not; - is the standard input.")
        .example("dist:import redis.tar")
        .example("dist:import --base-name example.com/team/app - < app.tar"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    ArchiveArgs told = ArchiveArgs.of(args, console);
    Set<Option> options = EnumSet.noneOf(Option.class);
    if (args.has("--digests")) options.add(Option.DIGESTS);
    if (args.has("--no-unpack")) options.add(Option.NO_UNPACK);
    var request = new ImportRequest(args.get("--base-name", ""), told.platform(), args.get("--snapshotter", ""), options);
    if (args.operand(0).equals("-")) {
      load(args, console, request, console.in());
      return 0;
    }
    if (Files.isDirectory(told.file())) {
      throw new InvalidException("dist:import: " + told.file()
          + " is a folder, expected an archive (a tar in OCI's image layout or of 'docker "
          + "save'); of a folder with such a layout: tar -C " + told.file() + " -c . | dist:import -");
    }
    try (InputStream in = Files.newInputStream(told.file())) {
      load(args, console, request, in);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("dist:import: there is no file " + told.file(), e);
    } catch (InvalidException e) {
      throw new InvalidException("dist:import: " + told.file() + ": " + e.getMessage(), e);
    }
    return 0;
  }

  private void load(Args args, Console console, ImportRequest request, InputStream in) throws IOException {
    for (Image i : archives.load(args.scope(), request, in, p -> {})) {
      console.out().println(TextTable.harmless(i.name()) + "  " + i.target().digest());
    }
  }
}
