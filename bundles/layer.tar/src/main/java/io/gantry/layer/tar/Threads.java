package io.gantry.layer.tar;

import java.util.concurrent.FutureTask;

/**
 * Threads that, once they ended, hold nothing of this bundle. A dead thread keeps what it ran and its context class loader, and somebody
 * may keep the thread: Felix (7.0.5) does so for ever, in {@code m_classLocks} of another bundle's class loader, where two threads load a
 * class of that bundle at the same moment. A build that was replaced would stay in the heap.
 */
final class Threads {
  private Threads() {}

  /** @param work throws nothing */
  static Thread start(String name, Runnable work) {
    var task = new FutureTask<Void>(work, null); // lets its work go at its end, as a thread does not
    Thread t = Thread.ofPlatform().daemon().name(name).unstarted(task);
    t.setContextClassLoader(ClassLoader.getSystemClassLoader());
    t.start();
    return t;
  }
}
