package io.gantry.snapshot.overlay;

import io.gantry.api.ConflictException;
import io.gantry.api.UnsupportedException;
import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.FsContext;
import io.gantry.linux.Mode;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.ProcStat;
import io.gantry.linux.Self;
import io.gantry.linux.Shelf;
import io.gantry.linux.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether overlayfs works in this folder on this kernel, with these options: makes a detached overlay and removes a file through it. What
 * was found is noted with the boot's id and the options, so that a successor does not try again during a hand-over.
 */
final class Probe {
  static final String STATE_VERSION = "1";
  private static final byte[] NOTE = Names.of(".probed");
  private static final byte[] VERSION = Names.of(".version");
  /** Those of any mount, which overlayfs does not get to see. */
  private static final Set<String> GENERAL = Set.of("ro", "rw", "nodev", "dev", "nosuid", "suid", "noexec", "exec", "noatime", "atime",
      "nodiratime", "diratime", "relatime", "norelatime", "strictatime");

  private Probe() {}

  /**
   * @param options of every overlay here
   * @throws UnsupportedException one line that says what is missing, or which of the options is refused
   */
  static Shelf require(Path root, List<String> options) throws IOException {
    Shelf shelf = Shelf.open(root);
    try {
      version(shelf);
      String tried = ProcStat.bootId() + " " + String.join(",", options);
      if (At.readlink(shelf.fd().raw(), NOTE).filter(b -> Names.show(b).equals(tried)).isEmpty()) {
        probe(shelf, options);
        At.unlink(shelf.fd().raw(), NOTE, 0);
        shelf.fd().symlink(Names.of(tried), NOTE);
      }
      return shelf;
    } catch (IOException e) {
      shelf.close();
      throw e;
    }
  }

  /** What a later version wrote is not touched. A symbolic link, so that it is never half there. */
  private static void version(Shelf shelf) throws IOException {
    var found = At.readlink(shelf.fd().raw(), VERSION).map(Names::show);
    if (found.isEmpty()) {
      shelf.fd().symlink(Names.of(STATE_VERSION), VERSION);
      if (At.exists(shelf.fd().raw(), Names.of(OverlayMounts.EMPTY)) != 0) shelf.fd().mkdir(Names.of(OverlayMounts.EMPTY), 0755);
    } else if (!found.get().equals(STATE_VERSION)) {
      throw new ConflictException(shelf.path() + " was written by state version " + found.get() + ", this driver reads " + STATE_VERSION
          + "; use the newer driver again");
    }
  }

  private static void probe(Shelf shelf, List<String> options) throws IOException {
    Path root = shelf.path();
    if (root.toString().matches(".*[:,\\\\=\\s].*")) {
      throw new UnsupportedException("overlayfs in " + root + ": the path may not have : , = \\ or spaces, which separate mount options");
    }
    if (!Self.isRoot()) {
      throw new UnsupportedException("overlayfs in " + root + ": mounts need root, this process is user " + Self.effectiveUid());
    }
    byte[] name = Names.of(".probe-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    shelf.fd().mkdir(name, 0700);
    try (Fd trial = shelf.fd().open(name, Open.DIRECTORY, 0)) {
      overlay(trial, root.resolve(Names.show(name)), options);
    } catch (ErrnoException e) {
      throw new UnsupportedException("overlayfs in " + root + ": " + e.getMessage() + "; try the snapshotter 'native'", e);
    } finally {
      Trees.remove(shelf.fd(), name, Budget.unlimited());
    }
  }

  private static void overlay(Fd trial, Path path, List<String> options) throws IOException {
    for (String folder : List.of("lower", "upper", "work")) trial.mkdir(Names.of(folder), 0755);
    trial.mknod(Names.of("lower/file"), Mode.FILE | 0644, 0);
    try (FsContext fs = FsContext.open("overlay")) {
      fs.string("lowerdir", path.resolve("lower").toString()).string("upperdir", path.resolve("upper").toString())
          .string("workdir", path.resolve("work").toString());
      for (String option : options) set(fs, option);
      try (Fd mount = fs.mount(0)) {
        mount.unlink(Names.of("file"));
      }
    }
    if (!trial.stat(Names.of("upper/file")).isWhiteout()) throw new ErrnoException("make a whiteout", Errno.EOPNOTSUPP);
    try (Fd lower = trial.open(Names.of("lower"), Open.DIRECTORY, 0)) {
      if (lower.list().getFirst().type() == 0) throw new ErrnoException("read types of entries (d_type)", Errno.EOPNOTSUPP);
    }
  }

  private static void set(FsContext fs, String option) throws IOException {
    if (GENERAL.contains(option)) return;
    int value = option.indexOf('=');
    try {
      if (value < 0) fs.flag(option);
      else fs.string(option.substring(0, value), option.substring(value + 1));
    } catch (ErrnoException e) {
      throw new UnsupportedException("mount.options: overlayfs of this kernel does not take '" + option + "': " + e.getMessage(), e);
    }
  }

  /**
   * Options this kernel knows of those that layers need: without an index, or an upper folder could not be seen twice; without
   * metadata-only copies and redirects, or a layer would not be whole without its parents.
   */
  static List<String> defaults() {
    List<String> options = new ArrayList<>();
    for (String option : List.of("index", "metacopy", "redirect_dir")) {
      if (Files.exists(Path.of("/sys/module/overlay/parameters", option))) options.add(option + "=off");
    }
    return options;
  }
}
