package io.gantry.unpack;

import io.gantry.linux.At;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Io;
import io.gantry.linux.Open;
import io.gantry.linux.Resolve;
import io.gantry.linux.Stat;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Times that folders get at the very end, since each entry made in one changes them: those the layer gave, and for a folder that it does
 * not name those it had before it was first touched.
 */
final class FolderTimes {
  /** @param given by the layer, else kept; @param groups whether the folder is setgid */
  private record Times(long seconds, int nanos, boolean given, boolean groups) {}

  private final NavigableMap<Name, Times> folders = new TreeMap<>();

  /** The layer has this folder. */
  void give(Name folder, long seconds, int nanos, int mode) {
    folders.put(folder, new Times(seconds, nanos, true, (mode & 02000) != 0));
  }

  /** To be called before the first change in a folder. */
  void keep(Name folder, Stat before) {
    folders.putIfAbsent(folder, new Times(before.mtime(), before.mtimeNanos(), false, (before.mode() & 02000) != 0));
  }

  /** Whether it is setgid; empty for a folder that is not known yet. */
  Optional<Boolean> groups(Name folder) {
    return Optional.ofNullable(folders.get(folder)).map(Times::groups);
  }

  /** The folder, and all beneath it, is gone. */
  void forget(Name folder) {
    folders.remove(folder);
    Name first = folder.child(new byte[] {1}); // no name sorts before it, and NUL is in none
    byte[] behind = Arrays.copyOf(folder.bytes(), folder.bytes().length + 1);
    behind[behind.length - 1] = '/' + 1;
    folders.subMap(first, true, Name.clean(behind), false).clear();
  }

  /** Sets them all. A folder that is no longer there was replaced, and has no time to be set. */
  void apply(Fd root) throws IOException {
    for (var e : folders.entrySet()) {
      Times t = e.getValue();
      byte[] path = e.getKey().isRoot() ? new byte[] {'.'} : e.getKey().bytes();
      int fd = At.open2(root.raw(), path, Open.RDONLY | Open.DIRECTORY, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_XDEV);
      if (fd == -Errno.ENOENT || fd == -Errno.ENOTDIR || fd == -Errno.ELOOP) continue;
      if (fd < 0) throw Problem.of("opening folder", e.getKey(), fd);
      int r = Io.utimes(fd, t.seconds, t.given ? t.nanos : At.UTIME_OMIT, t.seconds, t.nanos);
      Io.close(fd);
      if (r < 0) throw Problem.of("setting times of folder", e.getKey(), new ErrnoException("utimensat", -r));
    }
  }
}
