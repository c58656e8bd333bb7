package io.gantry.commands.dist;

import io.gantry.api.Platform;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code dist:import} and {@code dist:export} are told alike.
 *
 * @param platform empty for all
 * @param file their first operand, as the client's folder makes it; not used where that is {@code -}
 */
record ArchiveArgs(Optional<Platform> platform, Path file) {
  static ArchiveArgs of(Args args, Console console) throws IOException {
    if (args.has("--platform") && args.has("--all-platforms")) throw args.wrong("--platform and --all-platforms are one or the other");
    try {
      Platform one = args.has("--platform") ? Platform.parse(args.get("--platform", "")) : Platform.host();
      return new ArchiveArgs(args.has("--all-platforms") ? Optional.empty() : Optional.of(one), console.file(args.operand(0)));
    } catch (InvalidPathException e) {
      throw args.wrong("'" + args.operand(0) + "' is no file's name");
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
  }
}
