package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.linux.ErrnoException;
import io.gantry.oci.cleanup.CleanUp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The tree that mounts show: a folder that is bound as it is, is used where it is; all else is mounted for the time of the work. */
final class MountedTree {
  /** What is done in the tree. */
  @FunctionalInterface
  interface Work {
    void in(Path folder) throws IOException;
  }

  /** A mount that goes at the end, and keeps what went wrong before. */
  @FunctionalInterface
  private interface Mounted extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private MountedTree() {}

  /**
   * Does the work; blocks as long as it does. The mount goes whatever happens, by a thread that nobody interrupts.
   *
   * @param name of the mount
   * @param holds what it shows, in words
   * @throws InvalidException there are no mounts
   * @throws io.gantry.api.NotFoundException what is to be mounted is not there
   */
  static void of(Application.Services services, Scope scope, List<Mount> mounts, String name, String holds, Work work) throws IOException {
    if (mounts.isEmpty()) throw new InvalidException(holds + ": there are no mounts");
    Mount only = mounts.getFirst();
    if (mounts.size() == 1 && only.type().equals("bind") && only.target().isEmpty() && !only.options().contains("ro")) {
      work.in(Path.of(only.source()));
      return;
    }
    Path dir = services.mounts().temporary(scope, name);
    ErrnoException.told(holds, () -> services.mounts().activate(scope, name, mounts, dir, holds));
    try (Mounted mounted = () -> CleanUp.run(scope, last -> services.mounts().deactivate(last, name))) {
      work.in(dir);
    }
  }
}
