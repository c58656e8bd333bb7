package io.gantry.runtime.shim;

import io.gantry.api.NotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds the system's programs: where the configuration says, else in the PATH, else below the folder that GANTRY_TOOLS names. */
final class Programs {
  private static final String USUAL = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private final List<Path> folders = new ArrayList<>();

  /** @param environment of the process; a {@code PATH} that is not there is the usual one */
  Programs(Map<String, String> environment) {
    for (String f : environment.getOrDefault("PATH", USUAL).split(":")) {
      if (f.startsWith("/")) folders.add(Path.of(f));
    }
    String tools = environment.getOrDefault("GANTRY_TOOLS", "");
    if (!tools.isEmpty()) {
      for (String f : List.of("usr/sbin", "usr/bin")) folders.add(Path.of(tools).toAbsolutePath().resolve(f));
    }
  }

  /**
   * @param key of the configuration
   * @param configured path; empty to look for {@code name}
   * @throws NotFoundException it is not there, or not a program; the message names the key
   */
  Path find(String name, String key, String configured) throws NotFoundException {
    if (!configured.isEmpty()) {
      Path p = Path.of(configured);
      if (p.isAbsolute() && Files.isExecutable(p) && Files.isRegularFile(p)) return p;
      throw new NotFoundException(key + " = '" + configured + "': there is no such program; give the absolute path of " + name);
    }
    for (Path f : folders) {
      Path p = f.resolve(name);
      if (Files.isExecutable(p) && Files.isRegularFile(p)) return p;
    }
    throw new NotFoundException("no program " + name + " in the PATH; install it (on Debian: package "
        + (name.equals("runc") ? "runc" : "containerd") + ") or set " + key + " to its path");
  }

  /** The folders as a PATH for children. */
  String path() {
    return String.join(":", folders.stream().map(Path::toString).toList());
  }
}
