package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.linux.ErrnoException;
import io.gantry.oci.cleanup.CleanUp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tree that mounts show: a folder that is bound as it is, is used where it is; all else is mounted for the time of the work. */
final class MountedTree {
  /** What is done in the tree. */
  @FunctionalInterface
  interface Work {
    void in(Path folder) throws IOException;
  }

  private MountedTree() {}

  /**
   * Does the work; blocks as long as it does. The mount goes whatever happens, by a thread that nobody interrupts; where it cannot, as
   * while the records are away, that is tried again.
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
    String what = what(scope, name);
    CleanUp.Work away = last -> {
      services.mounts().deactivate(last, name);
      Files.deleteIfExists(dir); // of one that was not written down
    };
    try {
      ErrnoException.told(holds, () -> services.mounts().activate(scope, name, mounts, dir, holds));
    } catch (IOException | RuntimeException | Error e) {
      services.left().after(e, scope, what, away);
      services.left().laterThoughItMayCome(scope, what, away);
      throw e;
    }
    try {
      work.in(dir);
    } catch (IOException | RuntimeException | Error e) {
      services.left().after(e, scope, what, away);
      throw e;
    }
    services.left().run(scope, what, away);
  }

  /** The name of a mount, for whoever is told that it stays. */
  static String what(Scope scope, String name) {
    return "mount " + name + " of namespace " + scope.namespace();
  }
}
