package io.gantry.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Removes a tree. Folders deeper than {@link #DEEPEST} are moved up to the top and removed from there, so that neither descriptors nor the
 * stack bound the depth of what a container left.
 */
final class TreeRemoval {
  static final int DEEPEST = 32;

  private final Budget budget;
  private Fd top;
  private long hoisted;

  TreeRemoval(Budget budget) {
    this.budget = budget;
  }

  boolean remove(Fd parent, byte[] name) throws IOException {
    if (!budget.take()) return false;
    int r = At.unlink(parent.raw(), name, 0);
    if (r == 0 || r == -Errno.ENOENT) return true;
    if (r != -Errno.EISDIR) throw failed(name, r);
    return folder(parent, name, 0);
  }

  private boolean folder(Fd parent, byte[] name, int depth) throws IOException {
    while (true) {
      long removed;
      int raw = At.open2(parent.raw(), name, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0, Resolve.NO_XDEV | Resolve.NO_SYMLINKS);
      if (raw == -Errno.ENOENT) return true;
      if (raw == -Errno.EXDEV) throw failed(name, -Errno.EBUSY); // a mount point
      try (Fd dir = Fd.own(ErrnoException.check(raw, "open to remove", name))) {
        if (depth == 0) top = dir;
        removed = empty(dir, depth);
      }
      if (removed < 0) return false;
      int r = At.unlink(parent.raw(), name, At.REMOVEDIR);
      if (r == 0 || r == -Errno.ENOENT) return true;
      // hoisted folders came into the top behind the reader; others may only be left where somebody writes to it
      if (r != -Errno.ENOTEMPTY || removed == 0) throw failed(name, r);
    }
  }

  /** Removes what is in a folder; how many entries, or -1 when the slice was over before its end. */
  private long empty(Fd dir, int depth) throws IOException {
    long removed = 0;
    try (Dirents entries = Dirents.of(dir)) {
      while (entries.next()) {
        byte[] name = entries.name();
        if (!budget.take()) return -1;
        if (!entry(dir, name, entries.type(), depth)) return -1;
        removed++;
      }
    }
    return removed;
  }

  private boolean entry(Fd dir, byte[] name, int type, int depth) throws IOException {
    if (type != Dirents.DIRECTORY) {
      int r = At.unlink(dir.raw(), name, 0);
      if (r == 0 || r == -Errno.ENOENT) return true;
      if (r != -Errno.EISDIR) throw failed(name, r);
    }
    if (depth < DEEPEST) return folder(dir, name, depth + 1);
    int r;
    do {
      byte[] up = (".removed-" + hoisted++).getBytes(StandardCharsets.US_ASCII);
      r = At.rename(dir.raw(), name, top.raw(), up, At.RENAME_NOREPLACE);
    } while (r == -Errno.EEXIST);
    if (r != 0) throw failed(name, r);
    return true;
  }

  private static ErrnoException failed(byte[] name, int result) {
    return new ErrnoException("remove '" + Names.show(name) + "'" + (result == -Errno.EBUSY ? " (something is mounted there)" : ""),
        -result);
  }
}
