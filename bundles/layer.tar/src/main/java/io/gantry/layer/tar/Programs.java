package io.gantry.layer.tar;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the program once, at activation: what is started later is an absolute path that the owner of the host chose. */
final class Programs {
  private static final String USUAL = "/usr/local/bin:/usr/bin:/bin";

  private Programs() {}

  /** @throws IllegalArgumentException the path that is configured is no program */
  static Optional<Path> igzip(String configured) {
    return switch (configured) {
      case "none", "" -> Optional.empty();
      case "auto" -> search(Optional.ofNullable(System.getenv("PATH")).filter(p -> !p.isEmpty()).orElse(USUAL));
      default -> {
        Path program = Path.of(configured);
        if (!program.isAbsolute() || !Files.isExecutable(program)) {
          throw new IllegalArgumentException("igzip = " + configured + ": expected auto, none or the absolute path of a program");
        }
        yield Optional.of(program);
      }
    };
  }

  private static Optional<Path> search(String path) {
    for (String folder : path.split(":")) {
      Path program = Path.of(folder, "igzip");
      if (program.isAbsolute() && Files.isRegularFile(program) && Files.isExecutable(program)) return Optional.of(program);
    }
    return Optional.empty();
  }
}
