package io.gantry.snapshot.overlay;

import io.gantry.linux.Budget;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Stat;
import io.gantry.linux.Trees;
import io.gantry.linux.Xattr;
import java.io.IOException;
import java.util.Optional;

/** The root folder of a layer: attributes it starts with, and those it takes over from its parent (S-9). */
final class Fresh {
  private static final String OWN = "trusted.overlay.";

  private Fresh() {}

  static void away(Fd folder, byte[] name) throws IOException {
    Trees.remove(folder, name, Budget.unlimited());
  }

  /** Mode 0755 whatever the umask, and times of 0, which say that nobody wrote its attributes. */
  static void unwritten(Fd fs) throws IOException {
    fs.chown(0, 0);
    fs.chmod(0755);
    fs.utimes(0, 0, 0, 0);
  }

  static boolean isUnwritten(Fd fs) throws IOException {
    Stat s = fs.stat();
    return s.mtime() == 0 && s.mtimeNanos() == 0;
  }

  /** Owner, attributes but overlayfs' own, mode, times. */
  static void takeOver(Fd parent, Fd fs) throws IOException {
    Stat s = parent.stat();
    fs.chown(s.uid(), s.gid());
    for (byte[] name : Xattr.list(parent.raw())) {
      if (Names.show(name).startsWith(OWN)) continue;
      Optional<byte[]> value = Xattr.get(parent.raw(), name);
      int r = value.isEmpty() ? 0 : Xattr.set(fs.raw(), name, value.get(), 0);
      if (r < 0 && r != -Errno.EOPNOTSUPP) throw new ErrnoException("take over attribute '" + Names.show(name) + "'", -r);
    }
    fs.chmod(s.permissions());
    fs.utimes(s.atime(), s.atimeNanos(), s.mtime(), s.mtimeNanos());
  }
}
