package io.gantry.tasks;

import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.EventFd;
import io.gantry.linux.Fd;
import io.gantry.linux.Open;
import io.gantry.linux.Poll;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A descriptor by which the kernel says that a cgroup is out of memory. */
interface OomAlarm extends AutoCloseable {
  Path HIERARCHIES = Path.of("/sys/fs/cgroup");

  /** For {@link Poll}. */
  int raw();

  /** What {@link Poll} waits for. */
  int event();

  /** Makes it quiet again. @return false where it never will be: its cgroup was removed */
  boolean quieten() throws IOException;

  @Override
  void close();

  /**
   * Of the cgroup a process is in.
   *
   * @return empty where there is no such process, or its cgroup tells nothing of memory below {@code /sys/fs/cgroup}
   */
  static Optional<OomAlarm> of(int pid) throws IOException {
    for (String line : cgroups(pid)) {
      String[] part = line.split(":", 3); // hierarchy, controllers (none of v2), path, which may have colons
      String path = part[2].replaceFirst("^/+", "");
      Path v1 = HIERARCHIES.resolve("memory").resolve(path);
      Path v2 = HIERARCHIES.resolve(path).resolve("memory.events");
      if (List.of(part[1].split(",")).contains("memory") && Registered.canBe(v1)) return Optional.of(Registered.in(v1));
      if (part[1].isEmpty() && Files.exists(v2)) return Optional.of(Changing.of(v2));
    }
    return Optional.empty();
  }

  private static List<String> cgroups(int pid) throws IOException {
    Path process = Path.of("/proc/" + pid);
    try {
      return Files.readAllLines(process.resolve("cgroup"));
    } catch (NoSuchFileException ended) {
      return List.of();
    } catch (IOException e) {
      if (Files.exists(process)) throw e;
      return List.of(); // ESRCH: it ended in between
    }
  }

  /** Of cgroups v1: readable when memory is out, before anything is killed and counted, and when the cgroup is removed. */
  record Registered(EventFd fd) implements OomAlarm {
    private static final String WATCHED = "memory.oom_control";
    private static final String CONTROL = "cgroup.event_control";

    /** Not of a kernel that is built for real time, for one. */
    private static boolean canBe(Path cgroup) {
      return Files.exists(cgroup.resolve(WATCHED)) && Files.exists(cgroup.resolve(CONTROL));
    }

    private static Registered in(Path cgroup) throws IOException {
      var fd = new EventFd();
      try (Fd watched = Fd.open(cgroup.resolve(WATCHED), Open.RDONLY, 0); Fd control = Fd.open(cgroup.resolve(CONTROL), Open.WRONLY, 0)) {
        control.write((fd.raw() + " " + watched.raw()).getBytes(StandardCharsets.US_ASCII));
        return new Registered(fd);
      } catch (IOException | RuntimeException e) {
        fd.close();
        throw e;
      }
    }

    @Override
    public int raw() {
      return fd.raw();
    }

    @Override
    public int event() {
      return Poll.IN;
    }

    @Override
    public boolean quieten() {
      fd.clear();
      return true;
    }

    /** The kernel forgets it with its last descriptor. */
    @Override
    public void close() {
      fd.close();
    }
  }

  /**
   * A file of cgroups v2, such as {@code memory.events}, which is urgent when it has changed since it was read: what it counts is counted.
   */
  record Changing(Fd file) implements OomAlarm {
    private static final int MAX_BYTES = 4096;

    static Changing of(Path events) throws IOException {
      Fd file = Fd.open(events, Open.RDONLY, 0);
      try {
        file.readAll(MAX_BYTES);
        return new Changing(file);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    }

    @Override
    public int raw() {
      return file.raw();
    }

    @Override
    public int event() {
      return Poll.PRI;
    }

    @Override
    public boolean quieten() throws IOException {
      try {
        file.readAll(MAX_BYTES);
        return true;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENODEV) return false;
        throw e;
      }
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
