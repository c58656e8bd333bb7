package io.gantry.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One slice of a copy of a tree. An unchanged folder lists its entries in the same order each time, and entries are copied in that order;
 * so of those that are there already only the last may be unfinished. A folder is finished when its attributes equal the source's, since
 * its times are set last of all.
 */
final class TreeCopy {
  /** Each level takes two descriptors and a frame; a tar's name of 4096 bytes has 2048 parts. */
  private static final int DEEPEST = 2100;

  private final Fd links;
  private final Budget budget;
  private final FileCopy files;
  private int depth;

  TreeCopy(Fd links, Budget budget) {
    this.links = links;
    this.budget = budget;
    this.files = new FileCopy(budget);
  }

  /** Copies the entries of a folder, then its attributes; false: call again. */
  boolean folder(Fd from, Fd to) throws IOException {
    return folder(from, to, names(to));
  }

  private boolean folder(Fd from, Fd to, Set<Key> there) throws IOException {
    if (++depth > DEEPEST) throw new ErrnoException("copy a tree of more than " + DEEPEST + " levels", Errno.ENAMETOOLONG);
    Optional<byte[]> last = Optional.empty();
    try (Dirents entries = Dirents.of(from)) {
      while (entries.next()) {
        byte[] name = entries.name();
        if (!there.isEmpty() && there.remove(new Key(name))) {
          last = Optional.of(name);
          continue;
        }
        if (last.isPresent() && !again(from, to, last.get())) return false;
        last = Optional.empty();
        if (!budget.take() || !entry(from, name, to)) return false;
      }
    }
    if (last.isPresent() && !again(from, to, last.get())) return false;
    depth--;
    attributes(from, to);
    return true;
  }

  private static Set<Key> names(Fd to) throws IOException {
    Set<Key> names = new HashSet<>();
    try (Dirents entries = Dirents.of(to)) {
      while (entries.next()) names.add(new Key(entries.name()));
    }
    return names;
  }

  /** Looks at the entry at which an earlier slice stopped. */
  private boolean again(Fd from, Fd to, byte[] name) throws IOException {
    Stat source = from.stat(name);
    Stat copy = to.stat(name);
    boolean finished = source.mode() == copy.mode() && source.uid() == copy.uid() && source.gid() == copy.gid()
        && source.rdev() == copy.rdev() && source.mtime() == copy.mtime() && source.mtimeNanos() == copy.mtimeNanos()
        && (source.isDirectory() || source.size() == copy.size());
    if (finished) return source.nlink() < 2 || source.isDirectory() || remember(source, to, name);
    if (!source.isDirectory() && !(source.isFile() && copy.isFile() && copy.nlink() == 1)) {
      ErrnoException.check(At.unlink(to.raw(), name, 0), "copy again", name);
    }
    return entry(from, name, to);
  }

  private boolean entry(Fd from, byte[] name, Fd to) throws IOException {
    Stat source = from.stat(name);
    if (source.isDirectory()) return subfolder(from, name, to);
    if (source.nlink() > 1) {
      int r = At.link(links.raw(), mark(source), to.raw(), name, 0);
      if (r == 0) return true;
      if (r != -Errno.ENOENT) throw new ErrnoException("link '" + Names.show(name) + "'", -r);
    }
    if (source.isFile()) {
      if (!files.copy(from, name, source, to)) return false;
    } else {
      special(from, name, source, to);
    }
    return source.nlink() < 2 || remember(source, to, name);
  }

  /** Keeps a finished file by its inode's number, for its other names. */
  private boolean remember(Stat source, Fd to, byte[] name) throws IOException {
    int r = At.link(to.raw(), name, links.raw(), mark(source), 0);
    if (r != -Errno.EEXIST) ErrnoException.check(r, "keep a link of", name);
    return true;
  }

  private static byte[] mark(Stat source) {
    return Long.toUnsignedString(source.ino()).getBytes(StandardCharsets.US_ASCII);
  }

  private boolean subfolder(Fd from, byte[] name, Fd to) throws IOException {
    int r = At.mkdir(to.raw(), name, 0700);
    if (r != -Errno.EEXIST) ErrnoException.check(r, "make folder", name);
    int how = Resolve.NO_XDEV | Resolve.NO_SYMLINKS;
    try (Fd a = from.resolve(name, Open.RDONLY | Open.DIRECTORY, 0, how); Fd b = to.resolve(name, Open.RDONLY | Open.DIRECTORY, 0, how)) {
      return r == 0 ? folder(a, b, Set.of()) : folder(a, b);
    }
  }

  private void special(Fd from, byte[] name, Stat source, Fd to) throws IOException {
    if (source.isSymlink()) to.symlink(from.readlink(name), name);
    else to.mknod(name, source.type() | 0600, source.rdev());
    ErrnoException.check(At.chown(to.raw(), name, source.uid(), source.gid()), "set owner of", name);
    for (byte[] attribute : Xattr.list(from.raw(), name)) {
      Optional<byte[]> value = Xattr.get(from.raw(), name, attribute);
      if (value.isPresent()) ErrnoException.check(Xattr.set(to.raw(), name, attribute, value.get(), 0), "set attribute of", name);
    }
    if (!source.isSymlink()) ErrnoException.check(At.chmod(to.raw(), name, source.permissions()), "set mode of", name);
    int r = At.utimes(to.raw(), name, source.atime(), source.atimeNanos(), source.mtime(), source.mtimeNanos());
    ErrnoException.check(r, "set times of", name);
  }

  private static void attributes(Fd from, Fd to) throws IOException {
    attributes(from, from.stat(), to);
  }

  /** Owner, then attributes (an owner's change takes capabilities away), then mode (it takes setuid away), then times. */
  static void attributes(Fd from, Stat source, Fd to) throws IOException {
    to.chown(source.uid(), source.gid());
    for (byte[] attribute : Xattr.list(from.raw())) {
      Optional<byte[]> value = Xattr.get(from.raw(), attribute);
      if (value.isPresent()) ErrnoException.check(Xattr.set(to.raw(), attribute, value.get(), 0), "set attribute", attribute);
    }
    to.chmod(source.permissions());
    to.utimes(source.atime(), source.atimeNanos(), source.mtime(), source.mtimeNanos());
  }

  /** A name that can be looked up. */
  private record Key(byte[] name) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Key k && java.util.Arrays.equals(name, k.name);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(name);
    }
  }
}
