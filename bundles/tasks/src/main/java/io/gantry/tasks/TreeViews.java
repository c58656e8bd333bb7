package io.gantry.tasks;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Fd;
import io.gantry.service.mount.Mounts;
import io.gantry.service.mount.Mounts.Active;
import io.gantry.service.record.Damaged;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts the tree of a container for the moment in which something is looked up there. Each look has a mount of its own, since several
 * processes may be started in one container at once. What a manager that was killed left is known by its name.
 */
final class TreeViews {
  /** So begin the names of all managers' views, and of nothing else. */
  static final String PREFIX = "tasks-view-";

  private static final Logger LOG = LoggerFactory.getLogger(TreeViews.class);
  private static final int DIGITS = 8;
  private final Mounts mounts;
  private final String mine = PREFIX + UUID.randomUUID().toString().substring(0, DIGITS) + "-";
  private final AtomicLong count = new AtomicLong();

  TreeViews(Mounts mounts) {
    this.mounts = mounts;
  }

  /** A tree that is mounted until this is closed. */
  record View(Mounts mounts, Scope scope, String name, Fd root) implements Closeable {
    @Override
    public void close() throws IOException {
      root.close();
      mounts.deactivate(scope, name);
    }
  }

  View open(Scope scope, String container, List<Mount> rootfs) throws IOException {
    String name = mine + count.incrementAndGet();
    Path dir = mounts.temporary(scope, name);
    mounts.activate(scope, name, rootfs, dir, "user lookup for " + container);
    Scope after = scope.lasting();
    try {
      return new View(mounts, after, name, Fd.open(dir));
    } catch (IOException | RuntimeException e) {
      try {
        mounts.deactivate(after, name);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private boolean isLeft(String name) {
    return name.startsWith(PREFIX) && !name.startsWith(mine);
  }

  /**
   * Takes away what earlier managers left in a namespace. What stays is in the log: it keeps nobody from being adopted.
   *
   * @throws UnavailableException what is mounted cannot be asked at this moment
   */
  void sweep(Scope scope) throws UnavailableException {
    try {
      for (Active a : mounts.list(scope)) {
        if (!isLeft(a.name())) continue;
        mounts.deactivate(scope, a.name());
        LOG.info("{} of an earlier manager is unmounted ({})", a.target(), a.holds());
      }
      for (Damaged d : mounts.damaged(scope)) {
        if (isLeft(d.id())) mounts.deactivate(scope, d.id(), mounts.temporary(scope, d.id()));
      }
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      LOG.warn("mounts that an earlier manager left in namespace {} may be there still", scope.namespace(), e);
    }
  }
}
