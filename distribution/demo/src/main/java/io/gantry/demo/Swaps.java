package io.gantry.demo;

import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.registry.ThrottledProxy;
import io.gantry.kit.story.Redis;
import io.gantry.kit.story.SecondBuild;
import io.gantry.stage.PrivateManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Replaces every driver by another build, each while a pull is in flight and redis runs. */
final class Swaps {
  private static final Map<String, String> DRIVERS = new LinkedHashMap<>();

  static {
    DRIVERS.put("content/local", "content.local");
    DRIVERS.put("metadata/mapdb", "metadata.mapdb");
    DRIVERS.put("snapshot/overlayfs", "snapshot.overlay");
    DRIVERS.put("layer/tar", "layer.tar");
    DRIVERS.put("resolver/docker", "resolver.docker");
    DRIVERS.put("runtime/io.containerd.runc.v2", "runtime.shim");
  }

  private final PrivateManager gantry;
  private final Path bundles;
  private final Path scratch;
  private final Redis redis;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile long longestAnswerNanos;

  Swaps(PrivateManager gantry, Path bundles, Path scratch, Redis redis) {
    this.gantry = gantry;
    this.bundles = bundles;
    this.scratch = scratch;
    this.redis = redis;
  }

  /** Where the images are pushed, and the line they are pulled over. */
  void run(RealRegistry registry, ThrottledProxy proxy) throws IOException, InterruptedException {
    var pulls = new Pulls(gantry, registry, proxy, failure);
    Thread pinger = Thread.ofVirtual().name("pings").start(this::ping);
    pulls.start();
    int inFlight = 0;
    try {
      int number = 1;
      int pull = 1;
      for (var d : DRIVERS.entrySet()) {
        Path second = SecondBuild.of(jar(d.getValue()), "build" + number++).into(scratch);
        pull = pulls.hold(pull);
        if (failure.get() != null) break;
        gantry.show("driver:update", d.getKey(), second.toString());
        if (pulls.letGo(pull)) inFlight++;
        Files.delete(second);
      }
    } finally {
      pulls.end();
      stop.countDown();
      pinger.join();
    }
    if (failure.get() != null) {
      throw new IOException("while drivers were replaced, an operation failed: " + failure.get(), failure.get());
    }
    System.out.println("\n" + DRIVERS.size() + " drivers replaced, " + inFlight + " of them under a pull in flight; " + pulls.done()
        + " pulls, failed: none");
    System.out.println("longest stall of a pull: " + pulls.longestStall().toMillis() + " ms (of one without a replacement: "
        + pulls.longestCalmStall().toMillis() + " ms); longest answer of redis: " + longestAnswerNanos / 1_000_000 + " ms");
    if (inFlight < DRIVERS.size()) throw new IOException("a pull ended before the driver under it was replaced: the machine is too slow");
  }

  private void ping() {
    try {
      do {
        long start = System.nanoTime();
        redis.ask("PING");
        longestAnswerNanos = Math.max(longestAnswerNanos, System.nanoTime() - start);
      } while (!stop.await(10, TimeUnit.MILLISECONDS));
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Path jar(String bundle) throws IOException {
    try (Stream<Path> jars = Files.list(bundles)) {
      return jars.filter(j -> j.getFileName().toString().startsWith(bundle + "-")).findFirst()
          .orElseThrow(() -> new IOException("there is no bundle " + bundle + " in " + bundles));
    }
  }
}
