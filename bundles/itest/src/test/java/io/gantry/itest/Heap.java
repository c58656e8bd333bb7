package io.gantry.itest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The heap of another JVM. */
final class Heap {
  private Heap() {}

  /** What is left in it after a collection, in bytes. */
  static long liveBytes(long pid) throws IOException {
    Process p = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid),
        "GC.class_histogram").redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    String[] total = said.substring(said.lastIndexOf('\n') + 1).split("\\s+");
    if (total.length != 3 || !total[0].equals("Total")) throw new IOException("jcmd " + pid + " GC.class_histogram said: " + said);
    return Long.parseLong(total[2]);
  }
}
