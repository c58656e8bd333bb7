package io.gantry.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * From {@code /proc/PID/stat}: what tells a process from a later one of the same number, together with {@link #bootId}.
 *
 * @param state a letter: R, S, D, Z (ended, not yet reaped) …
 * @param startTicks clock ticks after boot at which it started
 */
public record ProcStat(int pid, char state, int parent, long startTicks) {
  /** Empty where there is no such process. */
  public static Optional<ProcStat> of(int pid) throws IOException {
    byte[] text;
    int fd = At.open(At.CWD, Names.of("/proc/" + pid + "/stat"), Open.RDONLY, 0);
    if (fd == -Errno.ENOENT) return Optional.empty();
    try (Fd file = Fd.own((int) ErrnoException.check(fd, "look at process " + pid))) {
      text = file.readAll(65536);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ESRCH) return Optional.empty();
      throw e;
    }
    return Optional.of(parse(pid, new String(text, StandardCharsets.ISO_8859_1)));
  }

  /** The name stands in brackets and may hold brackets and spaces itself, so count from the last one. */
  static ProcStat parse(int pid, String text) {
    String[] f = text.substring(text.lastIndexOf(')') + 2).split(" ");
    return new ProcStat(pid, f[0].charAt(0), Integer.parseInt(f[1]), Long.parseLong(f[19]));
  }

  /** Whether it runs, rather than waits for its parent to hear of its end. */
  public boolean alive() {
    return state != 'Z' && state != 'X';
  }

  /** Another one after each start of the machine. */
  public static String bootId() throws IOException {
    try (Fd file = Fd.open(Path.of("/proc/sys/kernel/random/boot_id"), Open.RDONLY, 0)) {
      return new String(file.readAll(100), StandardCharsets.US_ASCII).strip();
    }
  }
}
