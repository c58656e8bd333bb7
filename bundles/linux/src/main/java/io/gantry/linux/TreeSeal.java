package io.gantry.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes trees durable, counts them, and marks them, in slices. Counted is what is on the disk: while a file is being written back, ext4
 * tells fewer blocks than it has. The mark is a symbolic link beside the tree, {@code sealed -> SIZE.INODES}: made in one step, and never
 * half written after a power loss.
 */
public final class TreeSeal {
  private static final byte[] MARK = Names.of("sealed");
  private static final byte[] PROGRESS = Names.of(".census");
  private static final Duration WAIT = Duration.ofMillis(40);

  private TreeSeal() {}

  /** What a sealed tree takes. */
  public record Counted(long sizeBytes, long inodes) {}

  /** The mark, where the tree was sealed. */
  public static Optional<Counted> mark(Fd folder) throws IOException {
    Optional<byte[]> target = At.readlink(folder.raw(), MARK);
    if (target.isEmpty()) return Optional.empty();
    String text = new String(target.get(), StandardCharsets.US_ASCII);
    int dot = text.indexOf('.');
    try {
      return Optional.of(new Counted(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1))));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IOException("the mark of a sealed tree is '" + Names.show(target.get()) + "', expected SIZE.INODES", e);
    }
  }

  /** What the tree {@code folder/tree} takes: by its mark, or counted now, whole. */
  public static Counted counted(Fd folder, byte[] tree) throws IOException {
    Optional<Counted> done = mark(folder);
    if (done.isPresent()) return done.get();
    Census census = new Census();
    try (Fd top = folder.open(tree, Open.DIRECTORY, 0)) {
      census.count(top, Budget.unlimited());
    }
    return new Counted(census.sizeBytes(), census.inodes());
  }

  /**
   * Seals the tree {@code folder/tree}, which nobody changes any more. Does nothing where it is sealed.
   *
   * @param work names it, unique for ever: the path of the folder
   * @return empty: call again
   */
  public static Optional<Counted> seal(String work, Fd folder, byte[] tree, Budget budget) throws IOException {
    Optional<Counted> done = mark(folder);
    if (done.isPresent()) return done;
    Optional<Census> begun = progress(folder);
    if (begun.isEmpty() && !FsSync.done(work, folder, WAIT)) return Optional.empty();
    Census census = begun.orElseGet(Census::new);
    try (Fd top = folder.open(tree, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0)) {
      if (!census.count(top, budget)) {
        keep(folder, census);
        return Optional.empty();
      }
    }
    At.unlink(folder.raw(), PROGRESS, 0);
    folder.symlink(Names.of(census.sizeBytes() + "." + census.inodes()), MARK);
    folder.fsync();
    return Optional.of(new Counted(census.sizeBytes(), census.inodes()));
  }

  /** Where an earlier slice, perhaps of another version, stopped to count; empty where the disk has not all of the tree yet. */
  private static Optional<Census> progress(Fd folder) throws IOException {
    int fd = At.open(folder.raw(), PROGRESS, Open.RDONLY | Open.NOFOLLOW, 0);
    if (fd == -Errno.ENOENT) return Optional.empty();
    try (Fd file = Fd.own(ErrnoException.check(fd, "open", PROGRESS))) {
      return Optional.of(Census.of(file.readAll(1 << 26)));
    } catch (java.io.EOFException cutByACrash) {
      return Optional.of(new Census());
    }
  }

  private static void keep(Fd folder, Census census) throws IOException {
    try (Fd file = folder.open(PROGRESS, Open.WRONLY | Open.CREAT | Open.TRUNC | Open.NOFOLLOW, 0600)) {
      file.write(census.bytes());
    }
  }
}
