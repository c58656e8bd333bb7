package io.gantry.unpack;

import io.gantry.linux.At;
import io.gantry.linux.Errno;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Resolve;
import io.gantry.linux.Stat;
import io.gantry.linux.Xattr;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Whiteouts as overlayfs keeps them in an upper folder: a character device 0:0, and {@code trusted.overlay.opaque=y} on a folder. The
 * kernel looks for whiteouts only in folders that it merges, and shows them as broken names elsewhere (tried on 6.18), so none is left in
 * an opaque folder.
 */
final class OverlayMarks implements Hiding {
  private static final byte[] OPAQUE = Names.of("trusted.overlay.opaque");
  private static final byte[] YES = {'y'};

  private final Fd root;
  private final NavigableSet<Name> whiteouts = new TreeSet<>();
  private final NavigableSet<Name> opaque = new TreeSet<>();

  OverlayMarks(Fd root) {
    this.root = root;
  }

  @Override
  public void put(Name place) {
    // what is in the upper folder is ours
  }

  @Override
  public void removed(Name place) {
    removeBeneath(whiteouts, place);
    removeBeneath(opaque, place);
  }

  private static void removeBeneath(NavigableSet<Name> names, Name place) {
    names.remove(place);
    byte[] behind = java.util.Arrays.copyOf(place.bytes(), place.bytes().length + 1);
    behind[behind.length - 1] = '/' + 1;
    names.subSet(place.child(new byte[] {1}), true, Name.clean(behind), false).clear();
  }

  @Override
  public boolean isMark(Name place) {
    return whiteouts.contains(place);
  }

  /** What was here hid all of the layers below, so the folder must, too. */
  @Override
  public void folderOverOther(Folder parent, byte[] last) throws IOException {
    mark(parent, last);
  }

  @Override
  public void whiteout(Optional<Folder> parent, byte[] last, Name written) throws IOException {
    Folder in = parent.orElseThrow(() -> new NeedsParentsException("the folder of whiteout '" + written + "' is not in this layer"));
    int r = At.mknod(in.raw(), last, Mode.CHARACTER, 0);
    if (r == 0) {
      whiteouts.add(in.child(last));
    } else if (r != -Errno.EEXIST) {
      throw Problem.of("making whiteout", written, r);
    } else if (At.stat(in.raw(), last).filter(Stat::isDirectory).isPresent()) {
      mark(in, last); // our own folder stays, what is merged into it goes
    }
  }

  @Override
  public void opaque(Optional<Folder> folder, Name written) throws IOException {
    Folder f = folder.orElseThrow(() -> new NeedsParentsException("opaque folder '" + written + "' is not in this layer"));
    if (f.name().isRoot()) throw new NeedsParentsException("the root is opaque, which overlayfs cannot keep");
    mark(f, Names.DOT);
  }

  private void mark(Folder parent, byte[] last) throws IOException {
    Name place = last == Names.DOT ? parent.name() : parent.child(last);
    int r = Xattr.set(parent.raw(), last, OPAQUE, YES, 0);
    if (r < 0) throw Problem.of("marking as opaque", place, r);
    opaque.add(place);
  }

  @Override
  public void finish() throws IOException {
    for (Name w : whiteouts) {
      if (isOpaque(w)) remove(w);
    }
  }

  private boolean isOpaque(Name whiteout) {
    for (Name n = whiteout.parent(); !n.isRoot(); n = n.parent()) {
      if (opaque.contains(n)) return true;
    }
    return false;
  }

  private void remove(Name whiteout) throws IOException {
    byte[] folder = whiteout.parent().bytes();
    int dir = At.open2(root.raw(), folder, Open.PATH | Open.DIRECTORY, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_XDEV);
    int r = dir < 0 ? dir : At.unlink(dir, whiteout.last(), 0);
    if (dir >= 0) io.gantry.linux.Io.close(dir);
    if (r < 0) throw Problem.of("removing whiteout", whiteout, r);
  }
}
