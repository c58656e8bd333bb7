package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.BLOB;
import static io.gantry.resolver.docker.World.IMAGE;
import static io.gantry.resolver.docker.World.LAYER;
import static io.gantry.resolver.docker.World.reference;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** nothing is left of a resolver that was closed, but bodies that were opened go on. */
class CloseTest {
  private static final Set<Thread> KEPT = ConcurrentHashMap.newKeySet();
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** Loads this bundle's classes by itself, as a bundle's class loader does; what it imports comes from its parent. */
  private static final class BundleLoader extends URLClassLoader {
    BundleLoader() {
      super(new URL[] {DockerResolver.class.getProtectionDomain().getCodeSource().getLocation()}, DockerResolver.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.gantry.resolver.") && !name.startsWith("io.gantry.oci.")) return super.loadClass(name, resolve);
      synchronized (getClassLoadingLock(name)) {
        Class<?> c = findLoadedClass(name);
        return c != null ? c : findClass(name);
      }
    }
  }

  private static Set<Thread> clientThreads() {
    return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("HttpClient-")).collect(Collectors.toSet());
  }

  /** Of a thread of its client's, which is kept here once it is dead, as a framework may do. */
  private static void keepThread(ClassLoader loader) throws Exception {
    Method start = loader.loadClass("io.gantry.resolver.docker.Clients").getDeclaredMethod("start", Runnable.class);
    start.setAccessible(true);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    var ran = new CompletableFuture<Thread>();
    try {
      start.invoke(null, (Runnable) () -> {
        if (loader.getParent() != null) ran.complete(Thread.currentThread()); // it holds the loader, as an answer's callbacks do
      });
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    Thread thread = ran.get(20, TimeUnit.SECONDS);
    assertTrue(thread.join(Duration.ofSeconds(20)), "its thread goes on");
    KEPT.add(thread);
  }

  private static Resolver fresh(ClassLoader loader) throws ReflectiveOperationException {
    Class<?> hosts = loader.loadClass("io.gantry.resolver.docker.HostsConfig");
    Class<?> resolver = loader.loadClass("io.gantry.resolver.docker.DockerResolver");
    assertEquals(loader, resolver.getClassLoader());
    return (Resolver) resolver.getConstructor(hosts).newInstance(hosts.getMethod("none").invoke(null));
  }

  /** In a method of its own, so that no variable of the test's frame keeps anything. */
  private static WeakReference<ClassLoader> useAndClose(FaultyRegistry registry) throws Exception {
    BundleLoader loader = new BundleLoader();
    Resolver resolver = fresh(loader);
    Resolved found = resolver.resolve(reference(registry.host() + "/a/b"), Access.anonymous());
    try (Body body = resolver.open(found, BLOB, 0, Access.anonymous())) {
      assertArrayEquals(LAYER.blob(), body.stream().readAllBytes());
    }
    Body abandoned = resolver.open(found, BLOB, 10, Access.anonymous());
    abandoned.stream().read();
    abandoned.close();
    Descriptor missing = Descriptor.of(BLOB.mediaType(), Digest.parse("sha256:" + "0".repeat(64)), 5);
    assertThrows(IOException.class, () -> resolver.open(found, missing, 0, Access.anonymous()));
    ((Closeable) resolver).close();
    assertThrows(IOException.class, () -> resolver.resolve(reference(registry.host() + "/a/b"), Access.anonymous()));
    keepThread(loader);
    loader.close();
    return new WeakReference<>(loader);
  }

  @Test
  void itsClassesAreCollectedAndItsThreadsEnd() throws Exception {
    Set<Thread> before = clientThreads();
    try (FaultyRegistry registry = FaultyRegistry.start().add("a/b", "latest", IMAGE)) {
      WeakReference<ClassLoader> loader = useAndClose(registry);
      long end = System.nanoTime() + PATIENCE_NANOS;
      while ((loader.get() != null || !before.containsAll(clientThreads())) && System.nanoTime() < end) {
        System.gc();
        Thread.sleep(20);
      }
      assertTrue(before.containsAll(clientThreads()), () -> "left: " + clientThreads());
      assertNull(loader.get(), "the class loader is held by something");
    }
  }

  @Test
  void aBodyThatWasOpenedGoesOn() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start().add("a/b", "latest", IMAGE)
        .fault(On.blobs(), Fault.throttle(LAYER.blob().length))) {
      DockerResolver resolver = World.resolver();
      Resolved found = resolver.resolve(reference(registry.host() + "/a/b"), Access.anonymous());
      try (Body body = resolver.open(found, BLOB, 0, Access.anonymous())) {
        resolver.close();
        assertArrayEquals(LAYER.blob(), body.stream().readAllBytes());
      }
      assertEquals(1, registry.requests(On.blobs()).size());
    }
  }
}
