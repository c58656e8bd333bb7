package io.gantry.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Copies the archive's configuration files to the root where a file is missing; what is there is the administrator's. */
final class Seed {
  private Seed() {}

  static void config(Path from, Path to) throws IOException {
    Files.createDirectories(to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from, "*.cfg")) {
      for (Path file : files) {
        Path target = to.resolve(file.getFileName());
        if (Files.exists(target)) continue;
        Path fresh = to.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.copy(file, fresh);
        Files.move(fresh, target);
      }
    }
  }
}
