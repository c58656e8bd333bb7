package io.gantry.kit.world;

import io.gantry.linux.Self;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real file system of a few MiB, mounted over a folder, which a test fills. */
public final class SmallDisk implements Closeable {
  private final Path place;

  private SmallDisk(Path place) {
    this.place = place;
  }

  /** Why this cannot work here, or empty. */
  public static Optional<String> missing() {
    return Self.isRoot() ? Optional.empty() : Optional.of("needs root to mount a small tmpfs");
  }

  /** @throws IOException the mount failed */
  public static SmallDisk mount(Path place, int megabytes) throws IOException {
    if (!run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", place.toString())) {
      throw new IOException("mounting a tmpfs on " + place + " failed");
    }
    return new SmallDisk(place);
  }

  /** Writes a file until nothing more fits. @return the file, whose removal makes room again */
  public Path fill() throws IOException {
    Path fill = place.resolve("fill");
    try (var out = Files.newOutputStream(fill)) {
      byte[] page = new byte[4096];
      while (true) out.write(page);
    } catch (IOException e) {
      if (!e.getMessage().contains("No space")) throw e;
    }
    return fill;
  }

  @Override
  public void close() throws IOException {
    if (!run("umount", place.toString())) throw new IOException("unmount " + place + " failed");
  }

  private static boolean run(String... command) throws IOException {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    try {
      return p.waitFor(10, TimeUnit.SECONDS) && p.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("mount was interrupted");
    }
  }
}
