package io.gantry.layer.tar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.spi.layer.LayerApplier;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class ThreadsTest {
  /** Of those that the driver started: kept here, as Felix may keep them. */
  private final Set<Thread> kept = ConcurrentHashMap.newKeySet();

  /** By itself and, where there is one, through igzip, which needs a thread more. */
  @Test
  void deadThreadsHoldNothingOfTheBuild() throws Exception {
    WeakReference<ClassLoader> build = used();
    assertEquals(Programs.igzip("auto").isPresent() ? 3 : 2, kept.size());
    for (Thread t : kept) assertFalse(t.isAlive(), t + " is left");
    for (long end = System.nanoTime() + Duration.ofSeconds(20).toNanos(); build.get() != null && System.nanoTime() < end; ) System.gc();
    assertTrue(build.refersTo(null), "the build's class loader is still held: by one of " + kept);
  }

  /** A build of its own that has been used, as a driver is: under its class loader as context. */
  private WeakReference<ClassLoader> used() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (Build build = new Build()) {
      Thread.currentThread().setContextClassLoader(build);
      var driver = (LayerApplier) build.loadClass(TarLayer.class.getName()).getMethod("ofDefaults").invoke(null);
      assertFalse(driver instanceof TarLayer, "of this test's loader");
      byte[] noise = new byte[1_500_000]; // from 1 MiB on igzip is worth a process
      new Random(1).nextBytes(noise);
      apply(driver, new LayerBuilder().file("small", "x").gzip());
      apply(driver, new LayerBuilder().file("large", noise, 0644).gzip());
      return new WeakReference<>(build);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private void apply(LayerApplier driver, Layer layer) throws IOException {
    Recording recording = new Recording() {
      @Override
      public InputStream uncompressed(InputStream raw) {
        return seen(super.uncompressed(raw));
      }
    };
    Descriptor d = Descriptor.of("application/vnd.oci.image.layer.v1.tar+gzip", layer.digest(), layer.blob().length);
    driver.apply(d, seen(new ByteArrayInputStream(layer.blob())), recording, recording);
    assertEquals(1, recording.lines.size());
  }

  private InputStream seen(InputStream in) {
    Thread caller = Thread.currentThread();
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (Thread.currentThread() != caller) kept.add(Thread.currentThread());
        return super.read(into, offset, length);
      }
    };
  }

  /** The bundle's classes once more; all else is the test's. */
  private static final class Build extends URLClassLoader {
    Build() {
      super(new URL[] {TarLayer.class.getProtectionDomain().getCodeSource().getLocation()}, TarLayer.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(TarLayer.class.getPackageName() + ".")) return super.loadClass(name, resolve);
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }
  }
}
