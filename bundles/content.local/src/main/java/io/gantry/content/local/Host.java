package io.gantry.content.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Where this instance runs.
 *
 * @param process the process, told apart from every other one also when its id is used again
 * @param boot the kernel's id of this boot; empty where it has none
 */
record Host(String process, String boot) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  static Host here() throws IOException {
    ProcessHandle self = ProcessHandle.current();
    String boot = Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID).strip() : "";
    return new Host(self.pid() + "@" + self.info().startInstant().orElse(Instant.EPOCH), boot);
  }
}
