package io.gantry.unpack;

import io.gantry.api.ConflictException;
import io.gantry.linux.At;
import io.gantry.linux.Dirent;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Open;
import io.gantry.linux.Stat;
import io.gantry.linux.Xattr;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Walks two trees side by side, by descriptors, following no link, and hands over what the upper one has changed, as a layer says it: in
 * order of name within a folder, with the folders on the way to a change, times in whole seconds, and of attributes
 * {@code security.capability} alone. The roots themselves are not compared. Sockets, and what overlayfs keeps as deleted, are not there.
 */
final class TreeDiff {
  private static final byte[] CAPABILITY = io.gantry.linux.Names.of("security.capability");
  private static final int FOLDER = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;

  /** A file, whatever its names. */
  private record Inode(long dev, long ino) {
    static Inode of(Stat s) {
      return new Inode(s.dev(), s.ino());
    }
  }

  /** A folder of the upper tree; remembered after it was closed where it has a file that may come later. */
  private static final class Place {
    private final Optional<Place> up;
    private final Name name;
    private final Fd fd;
    private final Stat stat;
    private boolean written;

    Place(Optional<Place> up, Name name, Fd fd) throws IOException {
      this.up = up;
      this.name = name;
      this.fd = fd;
      this.stat = fd.stat();
      this.written = up.isEmpty();
    }
  }

  /** A name of a file that has others. */
  private record Link(Place in, Name name) {}

  /** Is told that the walk goes on, and may end it. */
  @FunctionalInterface
  interface Pulse {
    void beat() throws IOException;
  }

  /** Something of that name in a tree. */
  private record Found(Fd in, byte[] last, Stat stat) {}

  private final LayerSink sink;
  private final OptionalLong latest;
  private final Pulse pulse;
  private final Map<Inode, Name> sources = new HashMap<>();
  private final Map<Inode, List<Link>> unchanged = new HashMap<>();

  /**
   * @param latest seconds since 1970 that no time of a file is to be after
   * @param pulse is run for each entry, and for each piece of data; what it throws ends the walk
   */
  TreeDiff(LayerSink sink, OptionalLong latest, Pulse pulse) {
    this.sink = sink;
    this.latest = latest;
    this.pulse = pulse;
  }

  /** @param lower empty for an empty tree */
  void run(Optional<Fd> lower, Fd upper) throws IOException {
    folder(lower, new Place(Optional.empty(), Name.ROOT, upper));
  }

  private void folder(Optional<Fd> lower, Place upper) throws IOException {
    List<byte[]> old = lower.isEmpty() ? List.of() : names(lower.get());
    List<byte[]> now = names(upper.fd);
    for (int o = 0, n = 0; o < old.size() || n < now.size(); ) {
      int order = o == old.size() ? 1 : n == now.size() ? -1 : Arrays.compareUnsigned(old.get(o), now.get(n));
      Optional<Found> before = order > 0 ? Optional.empty() : found(lower.get(), old.get(o));
      Optional<Found> after = order < 0 ? Optional.empty() : found(upper.fd, now.get(n));
      if (order <= 0) o++;
      if (order >= 0) n++;
      pulse.beat();
      if (after.isPresent()) compared(upper, before, after.get());
      else if (before.isPresent()) deleted(upper, before.get().last);
    }
  }

  private static List<byte[]> names(Fd folder) throws IOException {
    List<byte[]> names = new ArrayList<>();
    for (Dirent d : folder.list()) names.add(d.name());
    names.sort(Arrays::compareUnsigned);
    return names;
  }

  private static Optional<Found> found(Fd in, byte[] last) throws IOException {
    return At.stat(in.raw(), last).filter(s -> s.type() != Mode.SOCKET && !s.isWhiteout()).map(s -> new Found(in, last, s));
  }

  private void deleted(Place in, byte[] last) throws IOException {
    parents(in);
    sink.whiteout(in.name.child(last));
  }

  private void compared(Place in, Optional<Found> before, Found after) throws IOException {
    boolean same = before.isPresent() && same(before.get(), after);
    Name name = in.name.child(after.last);
    if (after.stat.isDirectory()) {
      try (Fd fd = after.in.open(after.last, FOLDER, 0)) {
        var place = new Place(Optional.of(in), name, fd);
        if (!same) parents(place);
        if (before.filter(b -> b.stat.isDirectory()).isEmpty()) {
          folder(Optional.empty(), place);
        } else {
          try (Fd lower = before.get().in.open(after.last, FOLDER, 0)) {
            folder(Optional.of(lower), place);
          }
        }
      }
    } else if (after.stat.nlink() > 1) {
      linked(in, name, after, same);
    } else if (!same) {
      parents(in);
      node(name, after);
    }
  }

  /** One of several names of a file; its first that was changed has the data, and takes those with it that were not. */
  private void linked(Place in, Name name, Found after, boolean same) throws IOException {
    Inode inode = Inode.of(after.stat);
    Name source = sources.get(inode);
    if (source != null) {
      parents(in);
      link(name, source, after.stat);
    } else if (same) {
      unchanged.computeIfAbsent(inode, i -> new ArrayList<>()).add(new Link(in, name));
    } else {
      parents(in);
      node(name, after);
      sources.put(inode, name);
      for (Link other : Optional.ofNullable(unchanged.remove(inode)).orElse(List.of())) {
        parents(other.in);
        link(other.name, name, after.stat);
      }
    }
  }

  private void link(Name name, Name source, Stat s) throws IOException {
    sink.entry(entry(name, Entry.Type.HARDLINK, s, 0, Optional.of(source.bytes()), List.of()), InputStream.nullInputStream());
  }

  /** A folder and those above it stand in the layer before what is in them. */
  private void parents(Place p) throws IOException {
    if (p.written) return;
    parents(p.up.orElseThrow());
    sink.entry(entry(p.name, Entry.Type.DIRECTORY, p.stat, 0, Optional.empty(), List.of()), InputStream.nullInputStream());
    p.written = true;
  }

  private void node(Name name, Found f) throws IOException {
    switch (f.stat.type()) {
      case Mode.FILE -> file(name, f);
      case Mode.SYMLINK -> {
        byte[] target = At.readlink(f.in.raw(), f.last).orElseThrow(() -> changed(name));
        sink.entry(entry(name, Entry.Type.SYMLINK, f.stat, 0, Optional.of(target), List.of()), InputStream.nullInputStream());
      }
      case Mode.CHARACTER -> special(name, Entry.Type.CHARACTER, f.stat);
      case Mode.BLOCK -> special(name, Entry.Type.BLOCK, f.stat);
      case Mode.FIFO -> special(name, Entry.Type.FIFO, f.stat);
      default -> throw new IllegalStateException("'" + name + "' has the type " + Integer.toOctalString(f.stat.type()));
    }
  }

  private void special(Name name, Entry.Type type, Stat s) throws IOException {
    sink.entry(entry(name, type, s, 0, Optional.empty(), List.of()), InputStream.nullInputStream());
  }

  private void file(Name name, Found f) throws IOException {
    try (Fd fd = open(f, name)) {
      Stat s = fd.stat();
      if (!s.isFile()) throw changed(name);
      List<Entry.Xattr> xattrs = Xattr.get(fd.raw(), CAPABILITY).map(c -> List.of(new Entry.Xattr(CAPABILITY, c))).orElse(List.of());
      sink.entry(entry(name, Entry.Type.FILE, s, s.size(), Optional.empty(), xattrs), data(fd, s.size(), name));
    }
  }

  /** Never waits, as for a pipe that took the file's place. */
  private static Fd open(Found f, Name name) throws IOException {
    int r = At.open(f.in.raw(), f.last, Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK, 0);
    if (r == -Errno.ENOENT || r == -Errno.ELOOP || r == -Errno.ENXIO) throw changed(name);
    if (r < 0) throw new ErrnoException("opening '" + name + "'", -r);
    return Fd.own(r);
  }

  private static ConflictException changed(Name name) {
    return new ConflictException("'" + name + "' was changed while the trees were compared; try again when nobody writes to them");
  }

  private InputStream data(Fd fd, long size, Name name) {
    return new InputStream() {
      private long left = size;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (left == 0) return -1;
        pulse.beat();
        int n = fd.read(into, offset, (int) Math.min(length, left));
        if (n <= 0) throw changed(name);
        left -= n;
        return n;
      }
    };
  }

  private Entry entry(Name name, Entry.Type type, Stat s, long size, Optional<byte[]> link, List<Entry.Xattr> xattrs) {
    boolean device = type == Entry.Type.CHARACTER || type == Entry.Type.BLOCK;
    long time = latest.isPresent() ? Math.min(s.mtime(), latest.getAsLong()) : s.mtime();
    return new Entry(name, type, s.permissions(), s.uid() & 0xffffffffL, s.gid() & 0xffffffffL, size, time, 0, link,
        device ? Mode.major(s.rdev()) : 0, device ? Mode.minor(s.rdev()) : 0, xattrs);
  }

  /** As containerd tells it: where a time has no fraction, it may have been written by a layer, and the bytes have to tell. */
  private boolean same(Found a, Found b) throws IOException {
    Stat x = a.stat;
    Stat y = b.stat;
    if (x.same(y)) return true;
    if (x.mode() != y.mode() || x.uid() != y.uid() || x.gid() != y.gid() || x.rdev() != y.rdev()) return false;
    if (y.isFile() && !Arrays.equals(capability(a), capability(b))) return false;
    if (y.isDirectory()) return true;
    if (x.size() != y.size() || x.mtime() != y.mtime() || x.mtimeNanos() != y.mtimeNanos()) return false;
    if (y.mtimeNanos() != 0) return true;
    if (y.isSymlink()) return Arrays.equals(target(a), target(b));
    return !y.isFile() || y.size() == 0 || sameBytes(a, b);
  }

  private static byte[] capability(Found f) throws IOException {
    return Xattr.get(f.in.raw(), f.last, CAPABILITY).orElse(null);
  }

  private static byte[] target(Found f) {
    return At.readlink(f.in.raw(), f.last).orElse(null);
  }

  private boolean sameBytes(Found a, Found b) throws IOException {
    byte[] one = new byte[1 << 16];
    byte[] other = new byte[1 << 16];
    try (Fd x = open(a, Name.clean(a.last)); Fd y = open(b, Name.clean(b.last))) {
      while (true) {
        pulse.beat();
        int n = filled(x, one);
        if (n != filled(y, other) || !Arrays.equals(one, 0, n, other, 0, n)) return false;
        if (n < one.length) return true;
      }
    }
  }

  private static int filled(Fd fd, byte[] buffer) throws IOException {
    int have = 0;
    for (int n; have < buffer.length && (n = fd.read(buffer, have, buffer.length - have)) > 0; have += n) continue;
    return have;
  }
}
