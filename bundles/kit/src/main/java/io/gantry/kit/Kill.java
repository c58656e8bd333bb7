package io.gantry.kit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Kills a JVM with the driver in it, in the middle of its work. */
public final class Kill {
  private Kill() {}

  /**
   * Runs the workload over the trial's folder in a JVM of its own, kills that after so many lines, and answers all that were acknowledged.
   * The trial's own driver must not be open.
   *
   * @throws UnmetException the subject cannot be made in another JVM
   */
  public static <D> List<String> after(int lines, Trial<D> t, Class<? extends Workload<D>> workload) throws IOException {
    Path errors = t.scratch("kill").resolve("err");
    Process p = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto", "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
        KillChild.class.getName(), named(t.subject()), workload.getName(), t.root().toString(), Long.toString(t.seed()))
        .redirectError(errors.toFile()).start();
    List<String> acknowledged = new ArrayList<>();
    try (var out = new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        acknowledged.add(line);
        if (acknowledged.size() == lines) p.toHandle().destroyForcibly(); // by its handle: what it wrote before can still be read
      }
    } finally {
      p.destroyForcibly();
    }
    if (acknowledged.size() < lines) {
      String said = Files.readString(errors);
      if (said.contains("ClassNotFoundException")) {
        throw new UnmetException("the driver's classes are not on the class path of another JVM: " + said);
      }
      throw new AssertionError("the driver did not work in a JVM of its own, after " + acknowledged.size() + " lines: " + said);
    }
    return acknowledged;
  }

  private static String named(Subject<?> subject) {
    Class<?> c = subject.getClass();
    try {
      c.getDeclaredConstructor();
      if (!c.isHidden()) return c.getName();
    } catch (NoSuchMethodException e) {
      throw new UnmetException(c.getName() + " has no constructor without arguments, so it cannot be made in a JVM that is killed");
    }
    throw new UnmetException("the subject is a lambda; a class without constructor arguments can also be made in a JVM that is killed");
  }
}
