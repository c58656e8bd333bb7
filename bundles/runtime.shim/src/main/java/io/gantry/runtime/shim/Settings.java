package io.gantry.runtime.shim;

import io.gantry.api.NotFoundException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the driver works with.
 *
 * @param shim the shim's program
 * @param runc the OCI runtime that the shim calls
 * @param idle a program that does nothing, which shims are given to publish events with
 * @param path PATH of the shim
 * @param create a shim may take this long to make or start a container
 * @param call and this long for anything else
 */
record Settings(Path shim, Path runc, Path idle, String path, Duration create, Duration call) {
  static Settings find(Programs programs, String shim, String runc, Duration create, Duration call) throws NotFoundException {
    return new Settings(
        programs.find("containerd-shim-runc-v2", "shim.path", shim), programs.find("runc", "runc.path", runc),
        programs.find("true", "PATH", ""), programs.path(), create, call);
  }
}
