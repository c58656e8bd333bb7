package io.gantry.itest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A user at a terminal of the kernel's own, without any environment but {@code TERM}. The program is ended when this is closed. */
final class Tty implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final Path SCRIPT = Path.of("/usr/bin/script");
  private final Process process;
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final Thread reader;
  private int from;

  /** {@code gantry} of a manager. */
  Tty(Manager manager, int columns, int rows, String... words) throws IOException {
    this(columns, rows, manager.command(words));
  }

  /** Words must not need quotes: {@code script} takes one line for a shell. */
  Tty(int columns, int rows, List<String> command) throws IOException {
    var line = new ArrayList<String>(List.of("stty cols", Integer.toString(columns), "rows", Integer.toString(rows),
        "&& exec env -i --default-signal", "TERM=xterm"));
    for (String w : command) {
      if (!w.matches("[A-Za-z0-9_:./@=-]+|>")) throw new IllegalArgumentException("'" + w + "' needs quotes");
      line.add(w);
    }
    process = new ProcessBuilder(SCRIPT.toString(), "-qfec", String.join(" ", line), "/dev/null").redirectErrorStream(true).start();
    reader = Thread.ofVirtual().start(this::read);
  }

  static Optional<String> missing() {
    return Files.isExecutable(SCRIPT) ? Optional.empty() : Optional.of("no " + SCRIPT + ", which gives a terminal (package bsdutils)");
  }

  private void read() {
    byte[] chunk = new byte[8192];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        synchronized (seen) {
          seen.write(chunk, 0, n);
          seen.notifyAll();
        }
      }
    } catch (IOException e) {
      synchronized (seen) {
        seen.writeBytes(("\n[the terminal is gone: " + e + "]").getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  Tty type(String keys) throws IOException {
    process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    return this;
  }

  /** Waits until a text appears after what was waited for last. */
  Tty until(String text) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    synchronized (seen) {
      while (true) {
        int at = all().indexOf(text, from);
        if (at >= 0) {
          from = at + text.length();
          return this;
        }
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) throw new AssertionError("'" + text + "' did not appear; what did: " + all().substring(from) + "\nall: " + all());
        seen.wait(Math.min(left, 1000));
      }
    }
  }

  /** Closes the window: the terminal is gone, and the kernel says SIGHUP. */
  void hangUp() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** All that appeared. */
  String all() {
    synchronized (seen) {
      return seen.toString(StandardCharsets.UTF_8);
    }
  }

  /** Makes the window another size, of which the kernel tells the program. */
  Tty resize(int columns, int rows) throws IOException, InterruptedException {
    run("stty", "-F", device().toString(), "cols", Integer.toString(columns), "rows", Integer.toString(rows));
    return this;
  }

  /** The terminal's settings in a form that can be compared. */
  String settings() throws IOException, InterruptedException {
    return run("stty", "-F", device().toString(), "-g");
  }

  private Path device() throws IOException {
    try (Stream<ProcessHandle> all = process.descendants()) {
      for (ProcessHandle p : all.toList()) {
        Path at = Files.readSymbolicLink(Path.of("/proc", Long.toString(p.pid()), "fd", "0"));
        if (at.startsWith("/dev/pts")) return at;
      }
    }
    throw new IOException("no process of ours has a terminal; seen: " + all());
  }

  private static String run(String... words) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (p.waitFor() != 0) throw new IOException(String.join(" ", words) + ": " + out);
    return out;
  }

  /** The exit code, which must come by itself. */
  int exit() throws InterruptedException {
    if (!process.waitFor(PATIENCE_NANOS, TimeUnit.NANOSECONDS)) throw new AssertionError("did not end; seen: " + all());
    reader.join();
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    try (Stream<ProcessHandle> all = process.descendants()) {
      all.forEach(ProcessHandle::destroyForcibly);
    }
    process.destroyForcibly().waitFor();
  }
}
