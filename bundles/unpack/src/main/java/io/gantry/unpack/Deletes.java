package io.gantry.unpack;

import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Dirent;
import io.gantry.linux.Errno;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Stat;
import io.gantry.linux.Trees;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Whiteouts over a tree that has the layers below in it: they are removed, what this layer put there stays, whatever the order of entries.
 */
final class Deletes implements Hiding {
  private final Folders folders;
  private final Set<Name> mine = new HashSet<>(); // entries of this layer, and all folders on the way to one

  Deletes(Folders folders) {
    this.folders = folders;
  }

  @Override
  public void put(Name place) {
    for (Name n = place; !n.isRoot() && mine.add(n); n = n.parent()) continue;
  }

  @Override
  public void removed(Name place) {
    // the entry that comes in its place is ours as well; names beneath it that are remembered harm nothing: they are not there
  }

  @Override
  public void folderOverOther(Folder parent, byte[] last) {
    // nothing of below is left there
  }

  @Override
  public boolean isMark(Name place) {
    return false;
  }

  @Override
  public void whiteout(Optional<Folder> parent, byte[] last, Name written) throws IOException {
    if (parent.isEmpty()) return;
    Folder in = parent.get();
    Optional<Stat> there = At.stat(in.raw(), last);
    if (there.isEmpty()) return;
    if (!mine.contains(in.child(last))) {
      remove(in.fd(), last, in.child(last), there.get().isDirectory() || there.get().isSymlink());
    } else if (there.get().isDirectory()) {
      try (Fd folder = open(in.fd(), last, in.child(last))) {
        prune(folder, in.child(last));
      }
    }
  }

  @Override
  public void opaque(Optional<Folder> folder, Name written) throws IOException {
    if (folder.isEmpty()) return;
    try (Fd readable = open(folder.get().fd(), Names.DOT, written)) {
      prune(readable, folder.get().name());
    }
  }

  /** Removes what is not ours, at any depth. */
  private void prune(Fd folder, Name name) throws IOException {
    for (Dirent d : folder.list()) {
      Name place = name.child(d.name());
      boolean isFolder = d.isDirectory();
      if (!mine.contains(place)) {
        remove(folder, d.name(), place, true);
      } else if (isFolder) {
        try (Fd inner = open(folder, d.name(), place)) {
          prune(inner, place);
        }
      }
    }
  }

  private void remove(Fd parent, byte[] last, Name place, boolean leads) throws IOException {
    Trees.remove(parent, last, Budget.unlimited());
    if (leads) folders.forget(place);
  }

  private static Fd open(Fd parent, byte[] last, Name place) throws IOException {
    int r = At.open(parent.raw(), last, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0);
    if (r < 0) throw Problem.of("opening folder", place, r == -Errno.ELOOP ? -Errno.ENOTDIR : r);
    return Fd.own(r);
  }

  @Override
  public void finish() {
    // nothing is kept for later
  }
}
