package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.linux.At;
import io.gantry.linux.Errno;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Resolve;
import io.gantry.linux.Stat;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Finds the folder in which an entry goes, and keeps it open for its siblings. Links in the path are followed as in a container whose root
 * this is; nothing outside of the root can be reached, since every step is one name in an open folder, resolved by the kernel beneath it.
 */
final class Folders implements Closeable {
  private static final int KEPT_OPEN = 64;
  private static final int MAX_LINKS = 255;
  private static final int HANDLE = Open.PATH | Open.DIRECTORY;
  private static final int INSIDE = Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_XDEV;

  private final Folder root;
  private final Below below;
  private final FolderTimes times;
  private final List<Folder> dropped = new ArrayList<>();
  private final LinkedHashMap<Name, Folder> open = new LinkedHashMap<>(KEPT_OPEN * 2, 0.75f, true);

  Folders(Fd root, Below below, FolderTimes times) throws IOException {
    Stat s = root.stat();
    times.keep(Name.ROOT, s);
    this.root = new Folder(Name.ROOT, root, (s.mode() & 02000) != 0);
    this.below = below;
    this.times = times;
  }

  /** The folder of this name, made where it is missing. */
  Folder ensure(Name written) throws IOException {
    Folder known = known(written);
    return known != null ? known : kept(written, walk(written, true).orElseThrow(() -> notAFolder(written)));
  }

  /** The folder of this name; empty where there is none. */
  Optional<Folder> find(Name written) throws IOException {
    Folder known = known(written);
    if (known != null) return Optional.of(known);
    Optional<Folder> found = walk(written, false);
    found.ifPresent(f -> kept(written, f));
    return found;
  }

  private Folder known(Name written) throws IOException {
    if (written.isRoot()) return root;
    Folder f = open.get(written);
    if (f != null) return f;
    int fd = At.open2(root.raw(), written.bytes(), HANDLE, 0, INSIDE);
    if (fd >= 0) return kept(written, folder(written, Fd.own(fd)));
    return switch (-fd) {
      case Errno.ELOOP, Errno.ENOENT, Errno.ENOTDIR -> null; // a link on the way, or something missing: step by step
      default -> throw Problem.of("opening folder", written, fd);
    };
  }

  private Folder folder(Name name, Fd fd) throws IOException {
    Optional<Boolean> groups = times.groups(name);
    if (groups.isPresent()) return new Folder(name, fd, groups.get());
    Stat s;
    try {
      s = fd.stat();
    } catch (IOException e) {
      fd.close();
      throw e;
    }
    times.keep(name, s);
    return new Folder(name, fd, (s.mode() & 02000) != 0);
  }

  private Folder kept(Name written, Folder f) {
    open.put(written, f);
    if (open.size() > KEPT_OPEN) {
      Map.Entry<Name, Folder> eldest = open.pollFirstEntry();
      eldest.getValue().fd().close();
    }
    return f;
  }

  /** A part of a path on its way: open, or missing. */
  private record Step(byte[] part, Optional<Fd> fd) {}

  private Optional<Folder> walk(Name written, boolean make) throws IOException {
    Deque<byte[]> todo = new ArrayDeque<>(parts(written.bytes()));
    List<Step> path = new ArrayList<>();
    try {
      for (int links = 0; !todo.isEmpty(); ) {
        byte[] part = todo.pop();
        if (isDots(part)) {
          if (!path.isEmpty()) path.removeLast().fd().ifPresent(Fd::close);
          continue;
        }
        int r = path.isEmpty() || path.getLast().fd().isPresent() ? At.open2(top(path), part, HANDLE, 0, INSIDE) : -Errno.ENOENT;
        if (r >= 0) {
          path.add(new Step(part, Optional.of(Fd.own(r))));
        } else if (r == -Errno.ENOENT) {
          path.add(new Step(part, Optional.empty()));
        } else if (r == -Errno.ELOOP) {
          if (++links > MAX_LINKS) throw new InvalidException("folder '" + written + "': more than " + MAX_LINKS + " links on the way");
          byte[] target = At.readlink(top(path), part).orElse(Names.EMPTY);
          if (target.length > 0 && target[0] == '/') clear(path);
          List<byte[]> more = parts(target);
          for (int i = more.size() - 1; i >= 0; i--) todo.push(more.get(i));
        } else if (r == -Errno.ENOTDIR) {
          if (below == Below.UNKNOWN) {
            throw new NeedsParentsException("'" + written + "' goes through something that is no folder in this layer");
          }
          return Optional.empty();
        } else {
          throw Problem.of("opening folder", written, r);
        }
      }
      return reached(written, path, make);
    } finally {
      clear(path);
    }
  }

  private Optional<Folder> reached(Name written, List<Step> path, boolean make) throws IOException {
    boolean missing = path.stream().anyMatch(s -> s.fd().isEmpty());
    if (missing && below == Below.UNKNOWN) throw new NeedsParentsException("folder '" + written + "' is not in this layer");
    if (missing && !make) return Optional.empty();
    if (path.isEmpty()) return Optional.of(new Folder(Name.ROOT, root.fd().open(Names.DOT, HANDLE, 0), root.groups()));
    Name name = Name.ROOT;
    for (int i = 0; i < path.size(); i++) {
      Step s = path.get(i);
      if (s.fd().isEmpty()) path.set(i, made(written, name, i == 0 ? root.raw() : top(path.subList(0, i)), s.part()));
      name = name.child(s.part());
    }
    Fd last = path.getLast().fd().orElseThrow();
    path.removeLast();
    return Optional.of(folder(name, last));
  }

  /** A parent that the layer left out: 0755 of root. */
  private Step made(Name written, Name parent, int fd, byte[] part) throws IOException {
    if (times.groups(parent).isEmpty()) At.stat(fd, Names.EMPTY).ifPresent(s -> times.keep(parent, s));
    int r = At.mkdir(fd, part, 0755);
    if (r == 0) r = At.chown(fd, part, 0, 0);
    if (r == 0) r = At.chmod(fd, part, 0755);
    if (r == 0) r = At.open2(fd, part, HANDLE, 0, INSIDE);
    if (r < 0) throw Problem.of("making folder", written, r);
    return new Step(part, Optional.of(Fd.own(r)));
  }

  private int top(List<Step> path) {
    return path.isEmpty() ? root.raw() : path.getLast().fd().orElseThrow().raw();
  }

  private InvalidException notAFolder(Name written) {
    return new InvalidException("'" + written + "' is not a folder, but the layer has something in it");
  }

  /**
   * A folder or link went away: what is beneath it, and what was reached through a link, may no longer be what its name says. Their
   * descriptors stay open until {@link #settle}, since the entry at work may hold one.
   */
  void forget(Name gone) {
    times.forget(gone);
    drop((written, f) -> !f.name().equals(written) || f.name().equals(gone) || isBeneath(f.name(), gone));
  }

  /** A folder got another mode: what is known of it is old. */
  void changed(Name folder) {
    drop((written, f) -> f.name().equals(folder));
  }

  private void drop(BiPredicate<Name, Folder> stale) {
    open.entrySet().removeIf(e -> stale.test(e.getKey(), e.getValue()) && dropped.add(e.getValue()));
  }

  /** Between two entries. */
  void settle() {
    if (dropped.isEmpty()) return;
    dropped.forEach(f -> f.fd().close());
    dropped.clear();
  }

  private static void clear(List<Step> path) {
    path.forEach(s -> s.fd().ifPresent(Fd::close));
    path.clear();
  }

  private static boolean isBeneath(Name name, Name folder) {
    byte[] n = name.bytes();
    byte[] f = folder.bytes();
    return n.length > f.length && n[f.length] == '/' && Arrays.equals(n, 0, f.length, f, 0, f.length);
  }

  private static boolean isDots(byte[] part) {
    return part.length == 2 && part[0] == '.' && part[1] == '.';
  }

  /** Without empty and {@code .} parts. */
  private static List<byte[]> parts(byte[] path) {
    List<byte[]> all = new ArrayList<>();
    for (int from = 0, i = 0; i <= path.length; i++) {
      if (i < path.length && path[i] != '/') continue;
      if (i > from && !(i == from + 1 && path[from] == '.')) all.add(Arrays.copyOfRange(path, from, i));
      from = i + 1;
    }
    return all;
  }

  @Override
  public void close() {
    settle();
    open.values().forEach(f -> f.fd().close());
    open.clear();
  }
}
