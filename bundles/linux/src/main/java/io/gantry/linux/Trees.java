package io.gantry.linux;

import java.io.IOException;

/**
 * Work on whole trees, in slices: a call does what its budget allows and answers whether all is done. Progress is what is on disk, so the
 * next call may come from another version of the caller, or after a kill.
 */
public final class Trees {
  private Trees() {}

  /**
   * Removes a file or a folder with all that is in it; no links are followed, and no mounts are entered.
   *
   * @return false: call again
   * @throws ErrnoException EBUSY: something is mounted in it; what was not in its way may be gone
   */
  public static boolean remove(Fd parent, byte[] name, Budget budget) throws IOException {
    return new TreeRemoval(budget).remove(parent, name);
  }

  /**
   * Copies what is in a folder, and at last the folder's own attributes: owners, modes, times in nanoseconds, extended attributes, hard
   * links among the copied, devices, fifos, sockets, holes. Data is shared (FICLONE) where the file system can. Folders get their times
   * when they are whole, which is how the next slice knows them; so {@code from} must not change, nor anyone else write to {@code to}.
   *
   * @param to a folder; a new one, or one that an earlier slice of the same copy left
   * @param links a folder beside it on the same file system, for names of files that have several; of no use afterwards
   * @return false: call again
   */
  public static boolean copy(Fd from, Fd to, Fd links, Budget budget) throws IOException {
    return new TreeCopy(links, budget).folder(from, to);
  }
}
