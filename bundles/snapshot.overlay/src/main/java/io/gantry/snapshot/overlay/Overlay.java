package io.gantry.snapshot.overlay;

import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Usage;
import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Shelf;
import io.gantry.linux.TreeSeal;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Layers as folders {@code <root>/<id>/{fs,work}}, joined by the kernel's overlayfs. {@code parent} is a symbolic link to the nearest
 * parent that was given at {@code create}, {@code sealed} the mark of {@link TreeSeal}. Needs root and the kernel's trusted.* attributes.
 */
final class Overlay implements Snapshotter, AutoCloseable {
  static final byte[] FS = Names.of("fs");
  private static final byte[] WORK = Names.of("work");
  private static final byte[] PARENT = Names.of("parent");
  private static final Duration SWEEP = Duration.ofMillis(5);

  private final Shelf shelf;
  private final OverlayMounts mounts;

  Overlay(Shelf shelf, List<String> options) {
    this.shelf = shelf;
    this.mounts = new OverlayMounts(shelf.path(), options);
  }

  @Override
  public boolean create(Snap s) throws IOException {
    if (shelf.has(s.id().value())) return true; // S-1
    require(s.parents(), "create", s.id());
    String maker = Long.toString(s.epoch()); // S-7
    try (Fd fresh = shelf.fresh(s.id().value(), maker)) {
      for (byte[] name : List.of(FS, WORK, PARENT)) Fresh.away(fresh, name); // a try that failed in this epoch
      if (s.kind() == SnapKind.ACTIVE) fresh.mkdir(WORK, 0711);
      fresh.mkdir(FS, 0755);
      try (Fd fs = fresh.open(FS, Open.DIRECTORY, 0)) {
        if (s.parents().isEmpty()) Fresh.unwritten(fs);
        else takeOver(s.parents().getFirst(), fs);
      }
      if (!s.parents().isEmpty()) fresh.symlink(Names.of("../" + s.parents().getFirst()), PARENT);
    }
    shelf.publish(s.id().value(), maker);
    shelf.sweep(Budget.of(SWEEP));
    return true;
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    if (!shelf.has(s.id().value())) throw missing("mounts of", s.id());
    return mounts.of(s);
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    try (Fd folder = open("seal", s.id())) {
      Optional<TreeSeal.Counted> done = TreeSeal.mark(folder);
      if (done.isPresent()) return done.map(Overlay::usage);
      if (s.kind() == SnapKind.VIEW) throw new ConflictException("seal snapshot " + s.id() + ": it is a view");
      require(s.parents(), "seal", s.id());
      adopt(folder, s);
      return TreeSeal.seal(shelf.path() + "/" + s.id(), folder, FS, Budget.slice()).map(Overlay::usage);
    }
  }

  /** S-9 and S-11: parents may come now, but not change. */
  private void adopt(Fd folder, Snap s) throws IOException {
    Optional<byte[]> given = At.readlink(folder.raw(), PARENT);
    if (given.isPresent()) {
      String created = Names.show(given.get()).substring("../".length());
      if (s.parents().isEmpty() || !s.parents().getFirst().value().equals(created)) {
        throw new InvalidException("seal snapshot " + s.id() + ": it was created over " + created + " and cannot be sealed over "
            + s.parents());
      }
    } else if (!s.parents().isEmpty()) {
      try (Fd fs = folder.open(FS, Open.DIRECTORY, 0)) {
        if (Fresh.isUnwritten(fs)) takeOver(s.parents().getFirst(), fs);
      }
    }
  }

  private void takeOver(SnapId parent, Fd fs) throws IOException {
    try (Fd above = open("look at the root of", parent); Fd root = above.open(FS, Open.DIRECTORY, 0)) {
      Fresh.takeOver(root, fs);
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

  private void require(List<SnapId> parents, String doing, SnapId id) throws IOException {
    for (SnapId p : parents) {
      if (!shelf.has(p.value())) {
        throw new NotFoundException(doing + " snapshot " + id + ": its parent " + p + " is not in " + shelf.path());
      }
    }
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
