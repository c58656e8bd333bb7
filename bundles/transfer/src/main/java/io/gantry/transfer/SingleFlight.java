package io.gantry.transfer;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Same blob wanted twice: one download, the others wait for its end and look again, whatever became of it. */
final class SingleFlight {
  private record Key(String namespace, Digest digest) {}

  /** A download. */
  interface Work {
    void run() throws IOException;
  }

  private final Map<Key, CountDownLatch> flying = new ConcurrentHashMap<>();

  /**
   * Runs it, if nobody else does; answers false after somebody else did.
   *
   * @throws io.gantry.api.UnavailableException somebody else is still at it at the scope's deadline
   */
  boolean first(Scope scope, Digest digest, Work work) throws IOException {
    Key key = new Key(scope.namespace(), digest);
    CountDownLatch mine = new CountDownLatch(1);
    CountDownLatch other = flying.putIfAbsent(key, mine);
    if (other != null) {
      Waiting.within(scope, "for another pull's download of " + digest, nanos -> other.await(nanos, TimeUnit.NANOSECONDS));
      return false;
    }
    try {
      work.run();
      return true;
    } finally {
      flying.remove(key);
      mine.countDown();
    }
  }
}
