package io.gantry.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder for one process, which nobody else may look into (0700) and whose name cannot be guessed. It goes with the process; what one
 * leaves that was killed goes with the next one of the same user.
 */
final class PrivateFolder implements Closeable {
  static final String PREFIX = "gantry-client-";
  /** Locked as long as the process is there. It has its name once it is, so that nobody takes the folder of one that just begins. */
  private static final String LOCK = "lock";
  /** A socket's address has 107 bytes; so many are for the folder's name and what is in it. */
  private static final int LONGEST_BASE = 40;
  private static final int TRIES = 10;
  private final Path path;
  private final FileChannel lock;

  private PrivateFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** @param runtime {@code XDG_RUNTIME_DIR}; another place is taken where there is none, or it cannot be used */
  static PrivateFolder make(String runtime) throws IOException {
    Path base = base(runtime);
    sweep(base);
    Path path = Files.createDirectory(base.resolve(PREFIX + UUID.randomUUID()), PosixFilePermissions.asFileAttribute(
        PosixFilePermissions.fromString("rwx------")));
    Path fresh = path.resolve(LOCK + ".new");
    FileChannel lock = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    lock.lock();
    Files.move(fresh, path.resolve(LOCK));
    return new PrivateFolder(path, lock);
  }

  private static Path base(String runtime) {
    if (runtime != null && runtime.startsWith("/") && runtime.getBytes(StandardCharsets.UTF_8).length <= LONGEST_BASE) {
      Path folder = Path.of(runtime);
      if (isOurs(folder)) return folder;
    }
    return Path.of("/tmp");
  }

  /** A folder of this user that nobody else can look into: what is in it nobody else put there, nor can exchange. */
  private static boolean isOurs(Path folder) {
    try {
      var it = Files.readAttributes(folder, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
      Object me = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return (boolean) it.get("isDirectory") && it.get("uid").equals(me) && ((int) it.get("mode") & 0777) == 0700;
    } catch (IOException e) {
      return false; // gone at this moment
    }
  }

  /** Takes away what processes of this user left that were killed: their lock is free. */
  private static void sweep(Path base) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(base, PREFIX + "*")) {
      for (Path p : all) if (isOurs(p) && isLeft(p)) delete(p);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static boolean isLeft(Path folder) {
    Path file = folder.resolve(LOCK);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) return false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      return channel.tryLock() != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false; // another user's, or gone at this moment
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    delete(path);
    lock.close();
  }

  /** Links are not followed. Threads that end with the process may write into it still, and another process may take the same away. */
  private static void delete(Path folder) throws IOException {
    for (int left = TRIES; ; left--) {
      try (Stream<Path> walk = Files.walk(folder)) {
        for (Path p : walk.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(p);
        return;
      } catch (NoSuchFileException e) {
        return; // it is gone
      } catch (DirectoryNotEmptyException | UncheckedIOException e) {
        if (left == 0) throw new IOException(folder + " could not be removed: " + e.getMessage(), e);
      }
    }
  }
}
