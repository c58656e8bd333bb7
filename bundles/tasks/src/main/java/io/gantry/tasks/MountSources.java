package io.gantry.tasks;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.service.record.Container;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** What bind mounts show of the host. Runtimes tell of a missing source, too, but as they tell of a missing command. */
final class MountSources {
  private MountSources() {}

  /**
   * Before anything is made.
   *
   * @throws InvalidException a source is not an absolute path
   * @throws NotFoundException there is nothing at a source
   */
  static void require(String container, List<Mount> mounts) throws InvalidException, NotFoundException {
    for (Mount m : mounts) require(container, m.type(), m.source(), m.target(), m.options());
  }

  /** The same of all mounts of the spec, after a runtime has failed. */
  static void require(Container c) throws IOException {
    for (JsonObject m : Json.object(c.spec().value(), "spec of container " + c.id()).objects("mounts")) {
      require(c.id(), m.findText("type").orElse(""), m.findText("source").orElse(""), m.text("destination"), m.texts("options"));
    }
  }

  private static void require(String container, String type, String source, String target, List<String> options)
      throws InvalidException, NotFoundException {
    if (!type.equals("bind") && !options.contains("bind") && !options.contains("rbind")) return;
    if (!source.startsWith("/")) {
      throw new InvalidException("container '" + container + "': the source '" + source + "' of its mount at " + target
          + " is not an absolute path of the host");
    }
    if (!Files.exists(path(container, source))) {
      throw new NotFoundException("container '" + container + "': the source " + source + " of its mount at " + target
          + " is not on the host; make it first, or name another one");
    }
  }

  private static Path path(String container, String source) throws InvalidException {
    try {
      return Path.of(source);
    } catch (InvalidPathException e) {
      throw new InvalidException("container '" + container + "': the source of a mount is not a path: " + e.getMessage(), e);
    }
  }
}
