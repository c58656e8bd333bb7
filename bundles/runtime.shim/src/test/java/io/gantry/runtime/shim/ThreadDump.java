package io.gantry.runtime.shim;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The threads of this JVM, virtual ones too. */
final class ThreadDump {
  private ThreadDump() {}

  /** How many have one of these in their line, which begins with the name in quotes. */
  static long count(String... names) throws IOException {
    Path dir = Files.createTempDirectory("threads");
    Path dump = dir.resolve("dump");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
      return Files.readAllLines(dump).stream().filter(l -> List.of(names).stream().anyMatch(l::contains)).count();
    } finally {
      Files.deleteIfExists(dump);
      Files.delete(dir);
    }
  }
}
