package io.gantry.snapshot.copy;

import io.gantry.api.ConflictException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.FsSync;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Shelf;
import io.gantry.linux.TreeSeal;
import io.gantry.linux.Trees;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Each active snapshot a whole copy of its nearest parent: {@code <root>/<id>/fs}. A copy grows under a dotted name with the boot's id, in
 * slices that any version may go on with; one of an earlier boot may have lost data and is not gone on with.
 */
final class Copies implements Snapshotter, AutoCloseable {
  static final byte[] FS = Names.of("fs");
  private static final byte[] LINKS = Names.of("links");
  private static final byte[] PARENT = Names.of("parent");
  private static final Duration SWEEP = Duration.ofMillis(5);
  private static final Duration WAIT = Duration.ofMillis(40);

  private final Shelf shelf;
  private final String boot;

  Copies(Shelf shelf, String boot) {
    this.shelf = shelf;
    this.boot = boot;
  }

  @Override
  public boolean create(Snap s) throws IOException {
    if (shelf.has(s.id().value())) return true; // S-1
    for (SnapId p : s.parents()) {
      if (!shelf.has(p.value())) {
        throw new NotFoundException("create snapshot " + s.id() + ": its parent " + p + " is not in " + shelf.path());
      }
    }
    try (Fd fresh = shelf.fresh(s.id().value(), boot)) {
      if (!filled(fresh, s)) return false;
    }
    shelf.publish(s.id().value(), boot);
    shelf.sweep(Budget.of(SWEEP));
    return true;
  }

  /** The link to the parent is made when the copy is whole, and is how the next slice knows. */
  private boolean filled(Fd fresh, Snap s) throws IOException {
    folder(fresh, FS);
    if (s.parents().isEmpty()) {
      try (Fd fs = fresh.open(FS, Open.DIRECTORY, 0)) {
        fs.chown(0, 0);
        fs.chmod(0755);
      }
      return true;
    }
    SnapId parent = s.parents().getFirst();
    boolean needsCopy = s.kind() == SnapKind.ACTIVE; // a view shows its parent's tree itself
    if (At.readlink(fresh.raw(), PARENT).isEmpty()) {
      if (needsCopy && !copied(fresh, parent)) return false;
      fresh.symlink(Names.of("../" + parent), PARENT);
    }
    // S-3: a tree lost in part would be there by its name after a power loss, so its data come first
    return !needsCopy || FsSync.done(shelf.path() + "/" + s.id() + " copied", fresh, WAIT);
  }

  private boolean copied(Fd fresh, SnapId parent) throws IOException {
    Budget budget = Budget.slice();
    folder(fresh, LINKS);
    try (Fd above = open("copy", parent); Fd from = above.open(FS, Open.DIRECTORY, 0); Fd to = fresh.open(FS, Open.DIRECTORY, 0);
        Fd links = fresh.open(LINKS, Open.DIRECTORY, 0)) {
      if (!Trees.copy(from, to, links, budget)) return false;
    }
    return Trees.remove(fresh, LINKS, budget);
  }

  private static void folder(Fd in, byte[] name) throws IOException {
    int r = At.mkdir(in.raw(), name, 0700);
    if (r < 0 && r != -Errno.EEXIST) throw new ErrnoException("make folder '" + Names.show(name) + "'", -r);
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    if (!shelf.has(s.id().value())) throw missing("mounts of", s.id());
    boolean writable = s.kind() == SnapKind.ACTIVE;
    SnapId shown = s.kind() == SnapKind.VIEW && !s.parents().isEmpty() ? s.parents().getFirst() : s.id();
    String fs = shelf.path().resolve(shown.value()).resolve(Names.show(FS)).toString();
    return List.of(new Mount("bind", fs, "", List.of(writable ? "rw" : "ro", "rbind")));
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    try (Fd folder = open("seal", s.id())) {
      Optional<TreeSeal.Counted> done = TreeSeal.mark(folder);
      if (done.isPresent()) return done.map(Copies::usage);
      if (s.kind() == SnapKind.VIEW) throw new ConflictException("seal snapshot " + s.id() + ": it is a view");
      for (SnapId p : s.parents()) {
        if (!shelf.has(p.value())) {
          throw new NotFoundException("seal snapshot " + s.id() + ": its parent " + p + " is not in " + shelf.path());
        }
      }
      Optional<String> created = At.readlink(folder.raw(), PARENT).map(b -> Names.show(b).substring("../".length()));
      if (!created.equals(s.parents().stream().findFirst().map(SnapId::value))) {
        throw new UnsupportedException("seal snapshot " + s.id() + " over " + s.parents() + ": this driver copied "
            + created.orElse("nothing") + " at its creation and cannot change that");
      }
      return TreeSeal.seal(shelf.path() + "/" + s.id(), folder, FS, Budget.slice()).map(Copies::usage);
    }
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    try (Fd folder = open("usage of", id)) {
      return usage(TreeSeal.counted(folder, FS));
    }
  }

  @Override
  public boolean remove(SnapId id) throws IOException {
    return shelf.remove(id.value(), Budget.slice());
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    return shelf.list(after.map(SnapId::value), max).stream().map(SnapId::new).toList();
  }

  @Override
  public void close() {
    shelf.close();
  }

  private Fd open(String doing, SnapId id) throws IOException {
    return shelf.find(id.value()).orElseThrow(() -> missing(doing, id));
  }

  private NotFoundException missing(String doing, SnapId id) {
    return new NotFoundException(doing + " snapshot " + id + ": there is none in " + shelf.path());
  }

  private static Usage usage(TreeSeal.Counted c) {
    return new Usage(c.sizeBytes(), c.inodes());
  }
}
