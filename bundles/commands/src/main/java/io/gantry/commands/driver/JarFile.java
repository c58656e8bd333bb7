package io.gantry.commands.driver;

import io.gantry.api.InvalidException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The jar of a bundle that a user names. */
final class JarFile {
  private JarFile() {}

  /** @throws InvalidException the operand names a folder, or no file can have its name */
  static Path of(Args args, int operand, Console console) throws InvalidException {
    String name = args.operand(operand);
    try {
      Path jar = console.file(name);
      if (Files.isDirectory(jar)) throw args.wrong(jar + " is a folder; expected the jar of a bundle");
      return jar;
    } catch (InvalidPathException e) {
      throw args.wrong("no file can have this name: " + e.getMessage());
    }
  }
}
