package io.gantry.runtime.shim;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.Locks;
import io.gantry.linux.MountInfo;
import io.gantry.linux.Mounting;
import io.gantry.linux.Names;
import io.gantry.linux.Trees;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * What is on disk of a container: the bundle that shim and runtime work in, with our notes beside theirs. All that this driver knows is
 * here (T-2).
 *
 * <pre>
 * config.json rootfs/ log       what the shim finds, and where it logs
 * task.json                     ours: where the shim listens, its process, the streams; written once the shim runs
 * exec/ID.json                  ours: the streams of a further process; written before the shim has it, removed after. The folder is the
 * lock streams/ID.stdout ...         ours: links to files and FIFOs that a shim cannot name (without ID: those of the first process)
 * exit.json                     ours: how it ended, when the shim died with it
 * </pre>
 */
final class TaskFolder {
  /** The shim of a task. */
  record Note(ShimAddress address, Keeper keeper, Stdio stdio) {}

  /** Of a note in bytes, and of the log that is looked at. */
  private static final int MAX = 1 << 20;
  /** What is being removed; no id begins so. */
  private static final String GOING = ".";

  private final TaskId id;
  private final Path dir;

  /** @param tasks the folder of all tasks */
  TaskFolder(Path tasks, TaskId id) {
    this.id = id;
    this.dir = tasks.resolve(id.namespace()).resolve(id.container());
  }

  TaskId id() {
    return id;
  }

  Path dir() {
    return dir;
  }

  boolean exists() {
    return Files.isDirectory(dir);
  }

  /** Whole, or not at all. @throws AlreadyExistsException there is one of that id (T-4) */
  void make(byte[] spec) throws IOException {
    Files.createDirectories(dir.getParent());
    try {
      Files.createDirectory(dir);
    } catch (FileAlreadyExistsException e) {
      throw new AlreadyExistsException("a container " + id + " is there already, in " + dir, e);
    }
    try {
      fill(spec);
    } catch (IOException e) {
      try {
        remove();
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      if (e instanceof FileSystemException) throw e; // it names the file
      throw new IOException("create container " + id + ": its folder " + dir + " cannot be filled: " + e.getMessage(), e);
    }
  }

  private void fill(byte[] spec) throws IOException {
    Files.createDirectory(dir.resolve("rootfs"));
    Files.createDirectory(dir.resolve("exec"));
    Files.createFile(dir.resolve("log")); // a shim wants a FIFO, and a reader; a file will do and needs none
    Files.write(dir.resolve("config.json"), spec);
  }

  /** The document it was made from; empty where its making was cut off before. */
  Optional<byte[]> spec() throws IOException {
    byte[] bytes = readIfThere(dir.resolve("config.json"), Json.MAX_BYTES);
    return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
  }

  void note(Note n) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("socket", n.address.socket().toString());
    map.put("version", n.address.version());
    map.put("pid", n.keeper.pid());
    map.put("boot", n.keeper.boot());
    map.put("start", n.keeper.startTicks());
    map.put("stdio", stdio(n.stdio));
    publish(dir.resolve("task.json"), map, true);
  }

  /** Empty where the container was never made whole. @throws NotFoundException there is no container of that id */
  Optional<Note> note() throws IOException {
    Optional<JsonObject> o = read(dir.resolve("task.json"));
    if (o.isEmpty()) {
      if (!exists()) throw new NotFoundException("no container " + id + " is known to the runtime; looked in " + dir);
      return Optional.empty();
    }
    JsonObject j = o.get();
    return Optional.of(new Note(
        new ShimAddress(Path.of(j.text("socket")), (int) j.number("version")),
        new Keeper((int) j.number("pid"), j.text("boot"), j.number("start")), stdio(j.object("stdio"))));
  }

  /**
   * Keeps other callers, those of other instances and processes too, from changing the notes of execs until it is closed; a kill ends it.
   * It guards that notes and shim agree.
   *
   * @throws UnavailableException another has it for longer than {@code patience}
   */
  Fd lockExecs(Duration patience) throws IOException {
    Fd lock = Fd.open(dir.resolve("exec"));
    try {
      long end = System.nanoTime() + patience.toNanos();
      for (long pause = 100_000; !Locks.tryFlock(lock); pause = Math.min(2 * pause, 10_000_000)) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("waiting for another exec in " + id + " was interrupted");
        }
        if (System.nanoTime() > end) {
          throw new UnavailableException("another caller has been adding a process to container " + id + ", or removing one, for more than "
              + patience.toMillis() + " ms (it holds the lock of " + dir.resolve("exec") + "); try again later");
        }
        LockSupport.parkNanos(pause);
      }
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** Notes an exec, under the lock. @return false where there is a note of that id, which stays */
  boolean noteExec(TaskId exec, Stdio stdio) throws IOException {
    return publish(exec(exec), stdio(stdio), false);
  }

  Optional<Stdio> execStdio(TaskId exec) throws IOException {
    Optional<JsonObject> o = read(exec(exec));
    return o.isEmpty() ? Optional.empty() : Optional.of(stdio(o.get()));
  }

  void forgetExec(TaskId exec) throws IOException {
    Files.deleteIfExists(exec(exec));
  }

  /** Links a stream of a process into the bundle. @return the link's path from there */
  String link(TaskId process, String stream, Path target) throws IOException {
    Path link = Files.createDirectories(dir.resolve("streams")).resolve(process.exec() + "." + stream);
    Files.deleteIfExists(link); // of a process that had this id before
    Files.createSymbolicLink(link, target);
    return dir.relativize(link).toString();
  }

  /** Notes how it ended; the first note stays, of another caller who saw the same. */
  void exit(Exit e) throws IOException {
    publish(dir.resolve("exit.json"), Map.of("code", e.code(), "at", e.at().toString()), false);
  }

  Optional<Exit> exit() throws IOException {
    Optional<JsonObject> o = read(dir.resolve("exit.json"));
    if (o.isEmpty()) return Optional.empty();
    return Optional.of(new Exit((int) o.get().number("code"), Instant.parse(o.get().text("at"))));
  }

  /** Unmounts what is mounted within, the last one first. */
  void unmountAll() throws IOException {
    List<MountInfo> all = MountInfo.read();
    byte[] prefix = Names.of(dir + "/");
    for (int i = all.size() - 1; i >= 0; i--) {
      byte[] target = all.get(i).target();
      if (target.length >= prefix.length && java.util.Arrays.equals(target, 0, prefix.length, prefix, 0, prefix.length)) {
        Mounting.unmount(target, Mounting.DETACH);
      }
    }
  }

  /**
   * Removes the folder, which is gone at once for others who look; never what is mounted in it. What a removal left that was cut off, too.
   */
  void remove() throws IOException {
    Path parent = dir.getParent();
    try {
      Files.move(dir, parent.resolve(GOING + id.container() + "." + random()), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return; // another caller was quicker
    }
    try (Fd all = Fd.open(parent); DirectoryStream<Path> going = Files.newDirectoryStream(parent, GOING + "*")) {
      for (Path p : going) Trees.remove(all, Names.of(p.getFileName().toString()), Budget.unlimited());
    }
  }

  private static String random() {
    return Long.toHexString(ThreadLocalRandom.current().nextLong());
  }

  /** The last of what the shim logged, for messages. */
  String logTail() throws IOException {
    byte[] log = readIfThere(dir.resolve("log"), MAX);
    String text = new String(log, java.nio.charset.StandardCharsets.UTF_8).strip();
    return text.substring(Math.max(text.lastIndexOf('\n') + 1, text.length() - 500));
  }

  private Path exec(TaskId exec) {
    return dir.resolve("exec").resolve(exec.exec() + ".json");
  }

  private static Map<String, Object> stdio(Stdio s) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("stdin", s.stdin());
    map.put("stdout", s.stdout());
    map.put("stderr", s.stderr());
    map.put("terminal", s.terminal());
    return map;
  }

  private static Stdio stdio(JsonObject o) throws IOException {
    return new Stdio(o.text("stdin"), o.text("stdout"), o.text("stderr"), o.flag("terminal"));
  }

  /**
   * Makes a file visible whole. Not synced: what it tells of does not survive a crash of the host either.
   *
   * @return false where there is one that was not to be replaced
   */
  private static boolean publish(Path file, Map<String, ?> json, boolean replace) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + "." + random());
    Files.write(fresh, Json.bytes(json));
    if (replace) {
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      return true;
    }
    try {
      Files.createLink(file, fresh);
      return true;
    } catch (FileAlreadyExistsException first) {
      return false;
    } finally {
      Files.delete(fresh);
    }
  }

  private static Optional<JsonObject> read(Path file) throws IOException {
    byte[] bytes = readIfThere(file, MAX);
    return bytes.length == 0 ? Optional.empty() : Optional.of(Json.object(bytes, MAX, file.toString()));
  }

  private static byte[] readIfThere(Path file, int max) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(max);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }
}
