package io.gantry.demo;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.registry.ThrottledProxy;
import io.gantry.stage.PrivateManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Pulls an image of many layers again and again, each time with other bytes, so that each is a whole pull; and watches how they get on.
 * Under the first nothing is replaced, for comparison, and its line is slow for some seconds too. The line to the registry is slow while a
 * pull is held, so that it does not end meanwhile.
 */
final class Pulls {
  static final int LAYERS = 22;
  private static final int FILES = 30;
  private static final int MEAN_BYTES = 30_000;
  private static final long FAST = 8 << 20;
  private static final long SLOW = 768 << 10;
  private static final long LOOK_MILLIS = 2;
  private static final long CALM_SECONDS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** One pull, from its first bytes to its last word. */
  private static final class Flight {
    final int number;
    final long sizeBytes;
    final long bytesBefore;
    volatile int lines;

    Flight(int number, long sizeBytes, long bytesBefore) {
      this.number = number;
      this.sizeBytes = sizeBytes;
      this.bytesBefore = bytesBefore;
    }
  }

  private final PrivateManager gantry;
  private final RealRegistry registry;
  private final ThrottledProxy proxy;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<Exception> failure;
  private final List<Thread> threads = new ArrayList<>();
  private volatile Flight flight; // null between two pulls
  private volatile int done;
  private final StallWatch stalls = new StallWatch();
  private volatile Duration calm = Duration.ZERO;

  /** @param failure the first thing that failed, here or elsewhere; it ends the pulls */
  Pulls(PrivateManager gantry, RealRegistry registry, ThrottledProxy proxy, AtomicReference<Exception> failure) {
    this.gantry = gantry;
    this.registry = registry;
    this.proxy = proxy;
    this.failure = failure;
  }

  void start() {
    proxy.rate(SLOW); // as under a replacement, so that the two compare
    threads.add(Thread.ofVirtual().name("pulls-calm").start(this::hurry));
    threads.add(Thread.ofVirtual().name("pulls").start(this::pull));
    threads.add(Thread.ofPlatform().daemon().name("pulls-watch").start(this::watch));
  }

  /** Lets the pull that runs end, and no other begin. */
  void end() throws InterruptedException {
    proxy.rate(FAST);
    stop.countDown();
    for (Thread t : threads) t.join();
  }

  /** How many came to their end. */
  int done() {
    return done;
  }

  /** The longest time in which a pull that ran fetched no byte, and none of its layers got further. */
  Duration longestStall() {
    return stalls.longest();
  }

  /** The same of the first pull, under which nothing was replaced. */
  Duration longestCalmStall() {
    return calm;
  }

  /** Waits until a pull of a higher number has begun and has most of its bytes before it; its number. It goes on, slowly. */
  int hold(int after) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (failure.get() == null) {
      Flight f = flight;
      if (f != null && f.number > after && f.lines > 0) {
        long got = proxy.bodyBytes() - f.bytesBefore;
        if (got < f.sizeBytes / 3) {
          proxy.rate(SLOW);
          return f.number;
        }
      }
      if (System.nanoTime() > end) throw new IOException("no pull began within " + PATIENCE.toSeconds() + " s");
      ended.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
    return 0;
  }

  /** Whether that pull still runs; the line is fast again. */
  boolean letGo(int number) {
    Flight f = flight;
    proxy.rate(FAST);
    return f != null && f.number == number;
  }

  private void hurry() {
    try {
      if (!ended.await(CALM_SECONDS, TimeUnit.SECONDS)) proxy.rate(FAST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pull() {
    try {
      for (int n = 1; stop.getCount() > 0 && failure.get() == null; n++) {
        Image image = new ManyFiles(LAYERS, FILES, MEAN_BYTES, n).image(ImageFormat.OCI);
        registry.push("library/many", "v" + n, image);
        long size = image.layers().stream().mapToLong(l -> l.blob().length).sum();
        pull("docker.io/library/many:v" + n, new Flight(n, size, proxy.bodyBytes()));
        done++;
        if (n == 1) calm = stalls.reset();
      }
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      flight = null;
      ended.countDown();
    }
  }

  /** The lines of a pull say that a layer got further: begun, fetched, unpacked. */
  private void pull(String image, Flight f) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(gantry.command("dist:pull", image)).redirectErrorStream(true).start();
    p.getOutputStream().close();
    var said = new StringBuilder();
    flight = f;
    try (BufferedReader lines = p.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = lines.readLine()) != null; f.lines++) {
        said.append('\n').append(line);
        if (line.startsWith("elapsed: ")) flight = null;
      }
    }
    flight = null;
    if (p.waitFor() != 0) throw new IOException("'gantry dist:pull " + image + "' ended with code " + p.exitValue() + ":" + said);
  }

  private void watch() {
    try {
      do {
        Flight f = flight;
        boolean runs = f != null && f.lines > 0;
        stalls.see(System.nanoTime(), runs ? f.number : 0, runs ? proxy.bodyBytes() + f.lines : 0);
      } while (!ended.await(LOOK_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
