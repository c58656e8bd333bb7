package io.gantry.demo;

import io.gantry.kit.story.Redis;
import io.gantry.kit.story.SecondBuild;
import io.gantry.stage.PrivateManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Replaces every driver by another build while an image is pulled again and again, and while redis runs. */
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

  Swaps(PrivateManager gantry, Path bundles, Path scratch, Redis redis) {
    this.gantry = gantry;
    this.bundles = bundles;
    this.scratch = scratch;
    this.redis = redis;
  }

  /**
   * @param images pulled one after the other, each in a namespace of its own once all were pulled
   * @return pulls that ended meanwhile
   */
  int run(List<String> images) throws IOException, InterruptedException {
    var stop = new AtomicBoolean();
    var failure = new AtomicReference<Exception>();
    int[] pulls = {0};
    long[] stall = {0};
    Thread puller = Thread.ofVirtual().start(() -> pullUntil(stop, failure, images, pulls));
    Thread pinger = Thread.ofVirtual().start(() -> pingUntil(stop, failure, stall));
    int number = 1;
    try {
      for (var d : DRIVERS.entrySet()) {
        Path second = SecondBuild.of(jar(d.getValue()), "build" + number++).into(scratch);
        gantry.show("driver:update", d.getKey(), second.toString());
        Files.delete(second);
        if (failure.get() != null) break;
      }
    } finally {
      stop.set(true);
      puller.join();
      pinger.join();
    }
    if (failure.get() != null) {
      throw new IOException("while drivers were replaced, an operation failed: " + failure.get().getMessage(), failure.get());
    }
    System.out.println("\nsix drivers replaced, " + pulls[0] + " pulls meanwhile, failed: none; longest answer of redis: "
        + stall[0] / 1_000_000 + " ms");
    return pulls[0];
  }

  private void pullUntil(AtomicBoolean stop, AtomicReference<Exception> failure, List<String> images, int[] pulls) {
    while ((!stop.get() || pulls[0] == 0) && failure.get() == null) {
      try {
        gantry.ask("dist:pull", "-q", "-n", "round" + pulls[0] / images.size(), images.get(pulls[0] % images.size()));
        pulls[0]++;
      } catch (IOException e) {
        failure.compareAndSet(null, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void pingUntil(AtomicBoolean stop, AtomicReference<Exception> failure, long[] stall) {
    while (!stop.get() && failure.get() == null) {
      long start = System.nanoTime();
      try {
        redis.ask("PING");
        stall[0] = Math.max(stall[0], System.nanoTime() - start);
        Thread.sleep(10);
      } catch (IOException e) {
        failure.compareAndSet(null, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private Path jar(String bundle) throws IOException {
    try (Stream<Path> jars = Files.list(bundles)) {
      return jars.filter(j -> j.getFileName().toString().startsWith(bundle + "-")).findFirst()
          .orElseThrow(() -> new IOException("there is no bundle " + bundle + " in " + bundles));
    }
  }
}
