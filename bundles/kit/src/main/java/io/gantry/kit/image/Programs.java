package io.gantry.kit.image;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Programs of the system: in the PATH, or beneath the folder that the environment variable GANTRY_TOOLS names. */
public final class Programs {
  private Programs() {}

  /** Where a program is. */
  public static Optional<Path> find(String name) {
    String tools = System.getenv("GANTRY_TOOLS");
    String path = (tools == null ? "" : tools + "/usr/bin:" + tools + "/usr/sbin:") + System.getenv().getOrDefault("PATH", "/usr/bin:/bin")
        + ":/usr/sbin:/sbin";
    for (String dir : path.split(File.pathSeparator)) {
      Path p = Path.of(dir.isEmpty() ? "." : dir, name);
      if (Files.isExecutable(p) && Files.isRegularFile(p)) return Optional.of(p);
    }
    return Optional.empty();
  }

  /** Runs a program to its end and answers what it wrote. */
  public static byte[] output(String... command) throws IOException {
    return outputIn(Path.of("."), command);
  }

  static byte[] outputIn(Path folder, String... command) throws IOException {
    Path errors = Files.createTempFile("kit", ".err");
    try {
      Process p = new ProcessBuilder(command).directory(folder.toFile()).redirectError(errors.toFile()).start();
      byte[] out = drain(p);
      if (p.exitValue() == 0) return out;
      String said = Files.readString(errors, StandardCharsets.ISO_8859_1);
      throw new IOException(List.of(command) + " ended with " + p.exitValue() + ": " + said.substring(0, Math.min(2000, said.length()))
          .strip());
    } finally {
      Files.delete(errors);
    }
  }

  private static byte[] drain(Process p) throws IOException {
    try (InputStream in = p.getInputStream()) {
      p.getOutputStream().close();
      byte[] out = in.readAllBytes();
      p.waitFor();
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("waiting for a program was interrupted").initCause(e);
    } finally {
      p.destroyForcibly();
    }
  }
}
