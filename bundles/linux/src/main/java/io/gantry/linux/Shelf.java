package io.gantry.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A folder of folders that come and go as wholes: made under a name with a dot and renamed when they are ready, renamed before they are
 * removed in slices. What a crash left under a dotted name is swept later, by age, so that nobody's live work is taken.
 *
 * <p>Names are of the caller's making: legal file names without a dot in front. One call at a time for one name.
 */
public final class Shelf implements AutoCloseable {
  private static final String FRESH = ".new-";
  private static final String GONE = ".gone-";

  /** Longer than any pause between two slices of one work. */
  private static final Duration ABANDONED = Duration.ofMinutes(10);

  private final Path path;
  private final Fd root;
  private boolean swept;

  private Shelf(Path path, Fd root) {
    this.path = path;
    this.root = root;
  }

  /** Opens the folder, making it with mode 0700 where it is not there. */
  public static Shelf open(Path path) throws IOException {
    Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path real = path.toRealPath();
    return new Shelf(real, Fd.open(real));
  }

  /** The folder, without links in its path. */
  public Path path() {
    return path;
  }

  public Fd fd() {
    return root;
  }

  public boolean has(String name) throws IOException {
    int r = At.exists(root.raw(), Names.of(name));
    if (r == -Errno.ENOENT) return false;
    ErrnoException.check(r, "look for", Names.of(name));
    return true;
  }

  /** Empty where there is none of that name. */
  public Optional<Fd> find(String name) throws IOException {
    int r = At.open(root.raw(), Names.of(name), Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0);
    return r == -Errno.ENOENT ? Optional.empty() : Optional.of(Fd.own(ErrnoException.check(r, "open", Names.of(name))));
  }

  /** A page of what is there, in order, strictly after {@code after}. */
  public List<String> list(Optional<String> after, int max) throws IOException {
    return root.list().stream().map(d -> Names.show(d.name())).filter(n -> !n.startsWith(".") && after.map(a -> n.compareTo(a) > 0)
        .orElse(true))
        .sorted().limit(max).toList();
  }

  /**
   * A folder in the making, which {@link #publish} turns into {@code name}. One that an earlier call of the same {@code maker} left is
   * answered again, with what is in it.
   *
   * @param maker tells apart makers that must not go on with each other's work, e.g. the boot's id
   */
  public Fd fresh(String name, String maker) throws IOException {
    byte[] temporary = temporary(name, maker);
    int r = At.mkdir(root.raw(), temporary, 0700);
    if (r != -Errno.EEXIST) ErrnoException.check(r, "make folder", temporary);
    Fd fd = root.open(temporary, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0);
    if (r != 0) touch(fd);
    return fd;
  }

  /** Shows the folder under its name; where somebody was quicker, theirs stays and this one is left to {@link #sweep}. */
  public void publish(String name, String maker) throws IOException {
    int r = At.rename(root.raw(), temporary(name, maker), root.raw(), Names.of(name), At.RENAME_NOREPLACE);
    if (r != -Errno.EEXIST) ErrnoException.check(r, "publish", Names.of(name));
  }

  private static byte[] temporary(String name, String maker) {
    return Names.of(FRESH + name + "." + maker);
  }

  /** Removes in slices; not listed from the first call on. False: call again. True for what is not there. */
  public boolean remove(String name, Budget budget) throws IOException {
    byte[] gone = Names.of(GONE + name);
    int r = At.rename(root.raw(), Names.of(name), root.raw(), gone, At.RENAME_NOREPLACE);
    if (r == 0) {
      try (Fd fd = root.open(gone, Open.RDONLY | Open.DIRECTORY, 0)) {
        touch(fd);
      }
    } else if (r != -Errno.ENOENT && r != -Errno.EEXIST) {
      throw new ErrnoException("remove '" + name + "'", -r);
    }
    return Trees.remove(root, gone, budget) && r != -Errno.EEXIST; // what stood in the way is away now: once more for the name itself
  }

  /** Marks it as being worked on, whatever is done deep inside it. */
  private static void touch(Fd fd) throws IOException {
    ErrnoException.check(Io.utimes(fd.raw(), 0, At.UTIME_NOW, 0, At.UTIME_NOW), "touch a folder");
  }

  /**
   * Removes a little of what was abandoned: things under dotted names that nobody touched for ten minutes. Looks once, so calls are free
   * afterwards; not for activation, since a predecessor's work may be under way.
   */
  public void sweep(Budget budget) throws IOException {
    sweep(budget, System.currentTimeMillis() / 1000);
  }

  synchronized void sweep(Budget budget, long nowSeconds) throws IOException {
    if (swept) return;
    for (byte[] name : abandoned(nowSeconds - ABANDONED.toSeconds())) {
      if (!Trees.remove(root, name, budget)) return;
    }
    swept = true;
  }

  private List<byte[]> abandoned(long before) throws IOException {
    List<byte[]> names = new ArrayList<>();
    for (Dirent d : root.list()) {
      String name = Names.show(d.name());
      if (!name.startsWith(FRESH) && !name.startsWith(GONE)) continue;
      if (root.find(d.name()).filter(s -> s.mtime() < before && s.ctime() < before).isPresent()) names.add(d.name());
    }
    return names;
  }

  @Override
  public void close() {
    root.close();
  }
}
