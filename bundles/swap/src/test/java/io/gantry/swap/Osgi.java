package io.gantry.swap;

import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Stalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
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
final class Osgi implements AutoCloseable {
  private static final String SHARED = "io.gantry.api;version=1.0.0,io.gantry.service.driver;version=1.0.0,org.slf4j;version=2.0.20,org.osgi.service.cm;version=1.6.1";
  private static final List<String> BUNDLES = List.of("org.osgi.util.function-", "org.osgi.util.promise-", "org.osgi.service.component-",
      "org.apache.felix.configadmin-", "org.apache.felix.scr-");

  final Framework framework;
  final Drivers drivers;
  final Stalls stalls;

  Osgi(Path cache, Map<String, Object> swap) throws Exception {
    framework = new FrameworkFactory().newFramework(Map.of(
        "org.osgi.framework.storage", cache.toString(), "org.osgi.framework.storage.clean", "onFirstInit",
        "org.osgi.framework.bsnversion", "multiple", "org.osgi.framework.system.packages.extra", SHARED,
        "felix.cm.pm", "memory", "gantry.boot", "7"));
    framework.start();
    for (String name : BUNDLES) context().installBundle("file:" + onClassPath(name));
    install("swap", ownBundle());
    for (Bundle b : context().getBundles()) if (b.getBundleId() != 0) b.start();
    configure("swap", swap);
    drivers = service(Drivers.class);
    stalls = service(Stalls.class);
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  Bundle install(String location, InputStream jar) throws Exception {
    return context().installBundle(location, jar);
  }

  Bundle start(String location, InputStream jar) throws Exception {
    Bundle b = install(location, jar);
    b.start();
    return b;
  }

  void configure(String pid, Map<String, Object> values) throws Exception {
    Dictionary<String, Object> all = new Hashtable<>(values);
    int tilde = pid.indexOf('~');
    ConfigurationAdmin cm = service(ConfigurationAdmin.class);
    if (tilde < 0) cm.getConfiguration(pid, "?").update(all);
    else cm.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?").update(all);
  }

  /** Stays got until the framework stops: ConfigurationAdmin's object is dead once it was given back. */
  <T> T service(Class<T> type) throws InterruptedException {
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

  /** This module's classes with the manifest that bnd made. */
  private static InputStream ownBundle() throws IOException {
    Path classes = Path.of("target/classes");
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
