package io.gantry.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;

/** The two folders of a manager, held by a lock for as long as it runs: one manager per root, and per state folder. */
final class Root implements Closeable {
  /** Layout of the root folder; another number needs a migration. */
  static final String VERSION = "1";

  /** An address of a socket has 107 bytes; the longest one below the state folder is that of a runtime's events. */
  private static final int MAX_STATE_BYTES = 107 - "/runtime/io.containerd.runc.v2/events.sock".length();

  /** Paths below the root go into options of mounts, which these separate. */
  private static final Pattern SEPARATORS = Pattern.compile("[:,\\\\=\\s\\p{Cntrl}]");

  private final Path root;
  private final Path state;
  private final FileChannel rootLock;
  /** Null where both are one folder. */
  private final FileChannel stateLock;
  private final long boot;

  private Root(Path root, Path state, FileChannel rootLock, FileChannel stateLock, long boot) {
    this.root = root;
    this.state = state;
    this.rootLock = rootLock;
    this.stateLock = stateLock;
    this.boot = boot;
  }

  /** @throws IOException another manager has it, its path cannot be used, it cannot be written, or it is of another version */
  static Root take(Path root, Path state) throws IOException {
    if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      throw new IOException("starting a manager needs root: it makes mounts and containers. Try it as root");
    }
    int length = state.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_STATE_BYTES) {
      throw new IOException("the state folder " + state + " has a path of " + length + " bytes, at most " + MAX_STATE_BYTES
          + " leave room for the names of sockets; choose another by --state");
    }
    if (SEPARATORS.matcher(root.toString()).find()) {
      throw new IOException("the root folder '" + root + "' has one of : , = \\ or a space in its path, which separate options of mounts;"
          + " choose another by --root");
    }
    folder(root);
    folder(state);
    FileChannel rootLock = lock(root);
    FileChannel stateLock = null;
    try {
      if (!root.equals(state)) stateLock = lock(state);
      checkVersion(root.resolve("VERSION"));
      long boot = nextBoot(root.resolve("boot"));
      write(state.resolve("gantry.pid"), ProcessHandle.current().pid() + "\n");
      return new Root(root, state, rootLock, stateLock, boot);
    } catch (IOException e) {
      rootLock.close();
      if (stateLock != null) stateLock.close();
      throw e;
    }
  }

  Path root() {
    return root;
  }

  Path state() {
    return state;
  }

  /** How often a manager was started on this root; epochs of drivers grow with it. */
  long boot() {
    return boot;
  }

  private static void folder(Path dir) throws IOException {
    try {
      Files.createDirectories(dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new IOException("cannot make the folder " + dir + ": " + e, e);
    }
  }

  private static FileChannel lock(Path dir) throws IOException {
    Path file = dir.resolve("lock");
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      String owner = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
      channel.close();
      throw new IOException("another manager (pid " + (owner.isEmpty() ? "unknown" : owner) + ") runs on " + dir
          + "; stop it, or give this one another --root and --state");
    }
    channel.truncate(0).write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    return channel;
  }

  private static void checkVersion(Path file) throws IOException {
    try {
      String found = Files.readString(file).strip();
      if (!found.equals(VERSION)) {
        throw new IOException(file + " says layout " + found + ", this program knows " + VERSION + "; use the program that wrote it");
      }
    } catch (NoSuchFileException e) {
      write(file, VERSION + "\n");
    }
  }

  private static long nextBoot(Path file) throws IOException {
    long last = 0;
    try {
      last = Long.parseLong(Files.readString(file).strip());
    } catch (NoSuchFileException e) {
      last = 0; // the first start on this root
    } catch (NumberFormatException e) {
      throw new IOException(file + " is not a number: " + e.getMessage() + "; write one larger than any before", e);
    }
    write(file, (last + 1) + "\n");
    return last + 1;
  }

  /** Written beside, synced and renamed, so that a crash leaves the old or the new one. */
  private static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel c = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE)) {
      c.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
      c.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel dir = FileChannel.open(file.getParent())) {
      dir.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(state.resolve("gantry.pid"));
    rootLock.close();
    if (stateLock != null) stateLock.close();
  }
}
