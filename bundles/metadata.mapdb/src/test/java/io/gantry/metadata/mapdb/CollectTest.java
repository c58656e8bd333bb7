package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After its close nothing holds the driver: no thread, no descriptor, and its class loader is collected, as after a swap. */
class CollectTest {
  private static final Set<String> THREADS = Set.of("metadata-checkpoint", "metadata-index");

  @Test
  void nothingStaysAfterClose(@TempDir Path root) throws Exception {
    Set<Thread> before = Set.copyOf(Thread.getAllStackTraces().keySet());
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    Set<Thread> kept = ConcurrentHashMap.newKeySet(); // once they are dead, as a framework may do
    try (var watch = new Watch(kept)) {
      for (int i = 0; i < 3 || i < 50 && !names(kept).equals(THREADS); i++) loaders.add(use(root, i % 3 * 50L)); // some live for a moment
    }
    assertEquals(THREADS, names(kept));
    Set<Thread> more = Thread.getAllStackTraces().keySet().stream().filter(t -> !before.contains(t) && t.isAlive())
        .collect(Collectors.toSet());
    assertEquals(List.of(), more.stream().map(Thread::getName).filter(n -> n.contains("metadata") || n.contains("mapdb")).toList());
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      assertEquals(List.of(), open.map(CollectTest::target).filter(t -> t.startsWith(root.toString())).toList());
    }
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (loaders.stream().anyMatch(w -> w.get() != null) && System.nanoTime() < end) {
      System.gc();
      Thread.sleep(20);
    }
    for (var w : loaders) assertNull(w.get(), "a class loader of a closed driver is still held");
  }

  private static Set<String> names(Set<Thread> threads) {
    return threads.stream().map(Thread::getName).collect(Collectors.toSet());
  }

  /** Catches the threads of stores while they live. */
  private static final class Watch implements AutoCloseable {
    private volatile boolean over;
    private final Thread thread;

    Watch(Set<Thread> caught) {
      thread = Thread.ofPlatform().start(() -> {
        Thread[] all = new Thread[1000];
        while (!over) {
          int n = Thread.enumerate(all);
          for (int i = 0; i < n; i++) if (all[i].getName().startsWith("metadata-")) caught.add(all[i]);
        }
      });
    }

    @Override
    public void close() throws InterruptedException {
      over = true;
      thread.join();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (java.io.IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static WeakReference<ClassLoader> use(Path root, long mapDbFrom) throws Exception {
    var urls = new ArrayList<URL>();
    for (String p : System.getProperty("java.class.path").split(File.pathSeparator)) urls.add(Path.of(p).toUri().toURL());
    try (var loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Thread.currentThread().setContextClassLoader(loader);
      var use = (Runnable) loader.loadClass(Use.class.getName()).getDeclaredConstructor(Path.class, Long.class)
          .newInstance(root, mapDbFrom);
      use.run();
      return new WeakReference<>(loader);
    } finally {
      Thread.currentThread().setContextClassLoader(CollectTest.class.getClassLoader());
    }
  }

  /** Work in the driver's own class loader, enough for a checkpoint. */
  public static final class Use implements Runnable {
    private final Path root;
    private final long mapDbFrom;

    public Use(Path root, Long mapDbFrom) {
      this.root = root;
      this.mapDbFrom = mapDbFrom;
    }

    @Override
    public void run() {
      try (var store = new JournaledStore(root, new Options(4 << 10, 50, mapDbFrom))) {
        for (int i = 0; i < 200; i++) {
          store.commit(io.gantry.spi.metadata.Batch.builder().put(JournaledStoreTest.key("k" + i), new byte[100]).build());
        }
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
