package io.gantry.transfer;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** Same blob wanted twice: one download, the others wait for its end and look again, whatever became of it. */
final class SingleFlight {
  private record Key(String namespace, Digest digest) {}

  /** A download. */
  interface Work {
    void run() throws IOException;
  }

  private final Map<Key, CountDownLatch> flying = new ConcurrentHashMap<>();

  /** Runs it, if nobody else does; answers false after somebody else did. */
  boolean first(Scope scope, Digest digest, Work work) throws IOException {
    Key key = new Key(scope.namespace(), digest);
    CountDownLatch mine = new CountDownLatch(1);
    CountDownLatch other = flying.putIfAbsent(key, mine);
    if (other != null) {
      await(other, digest);
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

  private static void await(CountDownLatch other, Digest digest) throws InterruptedIOException {
    try {
      other.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for another pull's download of " + digest);
    }
  }
}
