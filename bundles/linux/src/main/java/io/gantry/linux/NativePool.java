package io.gantry.linux;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Platform threads for native calls that block: at most {@link #THREADS}, gone after 30 s without work. */
final class NativePool {
  /** Enough that one slow disk does not hold up another, few enough that a full disk queue is not made longer. */
  static final int THREADS = Integer.getInteger("gantry.linux.native.threads", 8);

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), NativePool::thread);

  static {
    POOL.allowCoreThreadTimeOut(true);
  }

  private NativePool() {}

  static void run(Runnable task) {
    POOL.execute(task);
  }

  private static Thread thread(Runnable work) {
    Thread t = new Thread(null, work, "native-" + COUNT.incrementAndGet());
    t.setDaemon(true);
    // the loader of whoever came first must not be kept alive by an idle thread
    t.setContextClassLoader(NativePool.class.getClassLoader());
    return t;
  }
}
