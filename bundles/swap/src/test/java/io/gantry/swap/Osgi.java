package io.gantry.swap;

import io.gantry.api.Scope;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Stalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/** A real framework in this JVM with SCR, ConfigurationAdmin and this bundle; the api and slf4j come from the class path. */
public final class Osgi implements AutoCloseable {
  private static final String SHARED = "org.slf4j;version=2.0.20,org.osgi.service.cm;version=1.6.1";
  private static final List<String> BUNDLES = List.of("org.osgi.util.function-", "org.osgi.util.promise-", "org.osgi.service.component-",
      "org.apache.felix.configadmin-", "org.apache.felix.scr-");

  public final Framework framework;
  public final Drivers drivers;
  public final Stalls stalls;

  /** @param swap the configuration of this bundle */
  public Osgi(Path cache, Map<String, Object> swap) throws Exception {
    this(cache, Map.of("gantry.root", "/gantry"), List.of(SwapComponent.class));
    configure("swap", swap);
  }

  /**
   * Starts it.
   *
   * @param properties of the framework besides
   * @param components classes of the bundles that are started
   */
  public Osgi(Path cache, Map<String, String> properties, List<Class<?>> components) throws Exception {
    Map<String, String> all = new HashMap<>(properties);
    all.putAll(Map.of(
        "org.osgi.framework.storage", cache.toString(), "org.osgi.framework.storage.clean", "onFirstInit",
        "org.osgi.framework.bsnversion", "multiple", "org.osgi.framework.system.packages.extra", SHARED + "," + exports(Scope.class),
        "felix.cm.pm", "memory", "gantry.boot", "7"));
    framework = new FrameworkFactory().newFramework(all);
    framework.start();
    for (String name : BUNDLES) context().installBundle("file:" + onClassPath(name));
    for (Class<?> c : components) install(c.getPackageName(), bundle(c));
    for (Bundle b : context().getBundles()) if (b.getBundleId() != 0) b.start();
    drivers = service(Drivers.class);
    stalls = service(Stalls.class);
  }

  public BundleContext context() {
    return framework.getBundleContext();
  }

  public Bundle install(String location, InputStream jar) throws Exception {
    return context().installBundle(location, jar);
  }

  public Bundle start(String location, InputStream jar) throws Exception {
    Bundle b = install(location, jar);
    b.start();
    return b;
  }

  public void configure(String pid, Map<String, Object> values) throws Exception {
    Dictionary<String, Object> all = new Hashtable<>(values);
    int tilde = pid.indexOf('~');
    ConfigurationAdmin cm = service(ConfigurationAdmin.class);
    if (tilde < 0) cm.getConfiguration(pid, "?").update(all);
    else cm.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?").update(all);
  }

  /** Stays got until the framework stops: ConfigurationAdmin's object is dead once it was given back. */
  public <T> T service(Class<T> type) throws InterruptedException {
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context(), type, null);
    tracker.open();
    T found = tracker.waitForService(10_000);
    if (found == null) throw new IllegalStateException("no " + type.getName() + " within 10 s");
    return found;
  }

  private static Path onClassPath(String name) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of)
        .filter(p -> p.getFileName().toString().startsWith(name)).findFirst().orElseThrow();
  }

  /** What the bundle of a class exports, as its manifest says. */
  private static String exports(Class<?> of) throws Exception {
    try (JarInputStream jar = new JarInputStream(bundle(of))) {
      return jar.getManifest().getMainAttributes().getValue("Export-Package");
    }
  }

  /** The bundle of a class on the class path: a jar, or a module's classes with the manifest that bnd made. */
  public static InputStream bundle(Class<?> of) throws Exception {
    Path classes = Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isRegularFile(classes)) return Files.newInputStream(classes);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Manifest manifest;
    try (InputStream in = Files.newInputStream(classes.resolve("META-INF/MANIFEST.MF"))) {
      manifest = new Manifest(in);
    }
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest); Stream<Path> files = Files.walk(classes)) {
      for (Path f : files.filter(Files::isRegularFile).filter(f -> !f.endsWith("MANIFEST.MF")).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(f).toString()));
        Files.copy(f, jar);
        jar.closeEntry();
      }
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  @Override
  public void close() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
  }
}
