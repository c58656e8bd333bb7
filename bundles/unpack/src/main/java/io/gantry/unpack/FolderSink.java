package io.gantry.unpack;

import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Io;
import io.gantry.linux.Mode;
import io.gantry.linux.Open;
import io.gantry.linux.Stat;
import io.gantry.linux.Trees;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes a tree in a folder, by descriptors alone: an entry is created relative to its open parent, written at once, and given its
 * attributes; nothing is looked at before unless the name is taken. Names of the layer cannot lead out of the folder ({@link Folders}).
 *
 * <p>{@code close} gives the descriptors back; the folder of a layer that was not finished is removed by whoever made it.
 */
final class FolderSink implements LayerSink {
  private final Fd root;
  private final Below below;
  private final long maxBytes;
  private final FolderTimes times = new FolderTimes();
  private final Attributes attributes = new Attributes();
  private final FileWriter writer = new FileWriter();
  private final Folders folders;
  private final Hiding hiding;
  private long bytes;

  FolderSink(Path folder, Below below) throws IOException {
    this(folder, below, Long.MAX_VALUE);
  }

  /**
   * @param maxBytes the most that all files may have together; what a sparse file says is no less, so that a kilobyte cannot fill a disk
   */
  FolderSink(Path folder, Below below, long maxBytes) throws IOException {
    this.below = below;
    this.maxBytes = maxBytes;
    root = ErrnoException.told("unpacking of a layer", () -> Fd.open(folder));
    try {
      folders = new Folders(root, below, times);
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
    hiding = switch (below) {
      case NOTHING -> new Hiding.None();
      case UNKNOWN -> new OverlayMarks(root);
      case TREE -> new Deletes(folders);
    };
  }

  @Override
  public void entry(Entry e, InputStream data) throws IOException {
    folders.settle();
    try {
      if (e.name().isRoot()) root(e);
      else make(e, data);
    } catch (ErrnoException x) {
      throw Problem.of("unpacking", e.name(), x);
    }
  }

  private void make(Entry e, InputStream data) throws IOException {
    Folder parent = folders.ensure(e.name().parent());
    byte[] last = e.name().last();
    switch (e.type()) {
      case DIRECTORY -> directory(parent, last, e);
      case FILE -> file(parent, last, e, data);
      case HARDLINK -> hardlink(parent, last, e);
      case SYMLINK -> {
        byte[] target = e.link().orElseThrow();
        made(parent, last, e, () -> At.symlink(target, parent.raw(), last));
        attributes.ofName(parent, last, e, true);
      }
      case CHARACTER, BLOCK, FIFO -> node(parent, last, e);
    }
    hiding.put(parent.child(last));
  }

  /** The root takes attributes of a folder; anything else of that name (an empty name, {@code ..}) says nothing. */
  private void root(Entry e) throws IOException {
    if (e.type() != Entry.Type.DIRECTORY) return;
    if (below == Below.UNKNOWN && e.mtimeSeconds() == 0 && e.mtimeNanos() == 0) {
      throw new NeedsParentsException("the root's time is 0, which would be taken for a root without attributes (S-9)");
    }
    Folder self = new Folder(Name.ROOT, root, true);
    byte[] dot = {'.'};
    if (below != Below.NOTHING) attributes.removeOthers(self, dot, e);
    attributes.ofName(self, dot, e, false);
    times.give(Name.ROOT, e.mtimeSeconds(), e.mtimeNanos(), e.mode());
  }

  private void directory(Folder parent, byte[] last, Entry e) throws IOException {
    int r = At.mkdir(parent.raw(), last, 0700);
    boolean merges = r == -Errno.EEXIST && At.stat(parent.raw(), last).filter(Stat::isDirectory).isPresent();
    if (!merges) {
      boolean taken = r == -Errno.EEXIST;
      if (taken) {
        remove(parent, last, e);
        r = At.mkdir(parent.raw(), last, 0700);
      }
      if (r < 0) throw Problem.of("making folder", e.name(), r);
      if (taken) hiding.folderOverOther(parent, last);
    } else {
      attributes.removeOthers(parent, last, e);
    }
    attributes.ofName(parent, last, e, !merges);
    times.give(parent.child(last), e.mtimeSeconds(), e.mtimeNanos(), e.mode());
    if (merges) folders.changed(parent.child(last));
  }

  private void file(Folder parent, byte[] last, Entry e, InputStream data) throws IOException {
    if (e.size() > maxBytes - bytes) {
      throw new ExhaustedException("file '" + e.name() + "' of " + e.size() + " bytes: the layer's files may have " + maxBytes
          + " bytes together");
    }
    int flags = Open.WRONLY | Open.CREAT | Open.EXCL | Open.NOFOLLOW;
    int fd = made(parent, last, e, () -> At.open(parent.raw(), last, flags, 0600));
    try {
      writer.write(fd, e, data);
      attributes.ofFile(parent, fd, e);
    } finally {
      Io.close(fd);
    }
    bytes += e.size();
  }

  private void node(Folder parent, byte[] last, Entry e) throws IOException {
    int type = switch (e.type()) {
      case CHARACTER -> Mode.CHARACTER;
      case BLOCK -> Mode.BLOCK;
      default -> Mode.FIFO;
    };
    if (type == Mode.CHARACTER && e.major() == 0 && e.minor() == 0) {
      throw new InvalidException("'" + e.name()
          + "' is a character device 0:0, which overlayfs takes for 'deleted'; a layer says that by .wh.");
    }
    made(parent, last, e, () -> At.mknod(parent.raw(), last, type | 0600, Mode.device(e.major(), e.minor())));
    attributes.ofName(parent, last, e, true);
  }

  /** One more name of a file has no attributes of its own: they are those of the file. */
  private void hardlink(Folder parent, byte[] last, Entry e) throws IOException {
    Name target = target(e);
    Optional<Folder> in = folders.find(target.parent());
    if (in.isEmpty() || hiding.isMark(in.get().child(target.last()))) throw noTarget(e, target);
    Folder from = in.get();
    int r = At.link(from.raw(), target.last(), parent.raw(), last, 0);
    if (r == -Errno.EEXIST) {
      Optional<Stat> there = At.stat(parent.raw(), last);
      if (there.isPresent() && At.stat(from.raw(), target.last()).filter(there.get()::same).isPresent()) return;
      remove(parent, last, e);
      Folder again = folders.find(target.parent()).orElseThrow(() -> noTarget(e, target)); // perhaps it was in what went
      r = At.link(again.raw(), target.last(), parent.raw(), last, 0);
    }
    if (r == -Errno.ENOENT) throw noTarget(e, target);
    if (r < 0) throw Problem.of("linking to '" + target + "'", e.name(), r);
  }

  private static Name target(Entry e) throws InvalidException {
    try {
      Name target = Name.clean(e.link().orElseThrow());
      if (!target.isRoot()) return target;
    } catch (IllegalArgumentException x) {
      throw new InvalidException("hard link '" + e.name() + "': " + x.getMessage(), x);
    }
    throw new InvalidException("hard link '" + e.name() + "' to the root");
  }

  private IOException noTarget(Entry e, Name target) {
    String message = "hard link '" + e.name() + "' to '" + target + "', which is not ";
    return below == Below.UNKNOWN ? new NeedsParentsException(message + "in this layer") : new InvalidException(message + "there");
  }

  /** How one call makes something; negative where it did not. */
  @FunctionalInterface
  private interface Maker {
    int make();
  }

  private int made(Folder parent, byte[] last, Entry e, Maker maker) throws IOException {
    int r = maker.make();
    if (r == -Errno.EEXIST) {
      remove(parent, last, e);
      r = maker.make();
    }
    if (r < 0) throw Problem.of("making " + e.type().name().toLowerCase(java.util.Locale.ROOT), e.name(), r);
    return r;
  }

  /** Makes room for an entry. */
  private void remove(Folder parent, byte[] last, Entry e) throws IOException {
    Optional<Stat> there = At.stat(parent.raw(), last);
    if (there.isEmpty()) return;
    boolean isFolder = there.get().isDirectory();
    int r = isFolder ? 0 : At.unlink(parent.raw(), last, 0);
    if (r < 0) throw Problem.of("replacing", e.name(), r);
    if (isFolder) Trees.remove(parent.fd(), last, Budget.unlimited());
    hiding.removed(parent.child(last));
    if (isFolder || there.get().isSymlink()) folders.forget(parent.child(last));
  }

  @Override
  public void whiteout(Name name) throws IOException {
    folders.settle();
    try {
      hiding.whiteout(folders.find(name.parent()), name.last(), name);
    } catch (ErrnoException x) {
      throw Problem.of("removing", name, x);
    }
  }

  @Override
  public void opaque(Name directory) throws IOException {
    folders.settle();
    try {
      hiding.opaque(folders.find(directory), directory);
    } catch (ErrnoException x) {
      throw Problem.of("emptying folder", directory, x);
    }
  }

  @Override
  public void finish() throws IOException {
    hiding.finish();
    times.apply(root);
  }

  @Override
  public void close() {
    folders.close();
    root.close();
  }
}
