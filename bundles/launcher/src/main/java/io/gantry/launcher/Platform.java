package io.gantry.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.slf4j.LoggerFactory;

/**
 * The OSGi framework with the bundles of the archive, all started. The order means nothing but for time: the log comes first, since
 * the component runtime says there what fails; then what reads the configuration, since a component that starts before its values are there
 * is made a second time, while the first commands are asked already.
 */
final class Platform {
  private static final List<String> FIRST = List.of(
      "org.apache.felix.log", "org.apache.felix.configadmin", "org.apache.felix.scr", "io.gantry.swap", "io.gantry.deploy");
  /** What asks for the others' services, and takes users' words when they are there. */
  private static final String LAST = "io.gantry.shell";

  /** Logging is on our class path and exported by the system bundle at both versions that bundles import. */
  private static final String LOGGING = List.of("1.7.36", "2.0.20").stream()
      .map(v -> "org.slf4j;version=\"" + v + "\",org.slf4j.event;version=\"" + v + "\",org.slf4j.helpers;version=\"" + v
      + "\",org.slf4j.spi;version=\"" + v
          + "\"")
      .reduce((a, b) -> a + "," + b).orElseThrow();

  /** What the log keeps for whoever reads it later: a start has some hundreds, as each bundle and service that comes is one. */
  private static final String LOG_ENTRIES = "1000";

  private Platform() {}

  static Framework start(Path home, Root place) throws IOException, BundleException {
    return start(home, jar -> !jar.startsWith("remote-"), Map.of("felix.cm.pm", "memory", "gantry.home", home.toString(), "gantry.root",
        place.root().toString(),
        "gantry.state", place.state().toString(), "gantry.boot", Long.toString(place.boot())));
  }

  /**
   * Starts those bundles of the archive whose files' names are wanted.
   *
   * @param properties {@code gantry.state} among them, below which the framework keeps what it needs
   */
  static Framework start(Path home, Predicate<String> wanted, Map<String, String> properties) throws IOException, BundleException {
    Map<String, String> p = new HashMap<>(properties);
    p.put(Constants.FRAMEWORK_STORAGE, Path.of(properties.get("gantry.state")).resolve("felix").toString());
    p.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    p.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    p.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, LOGGING + ",sun.misc,com.sun.nio.file");
    p.put("felix.log.level", "1");
    p.put("org.apache.felix.log.maxSize", LOG_ENTRIES);
    p.put("ds.delayed.keepInstances", "false");
    p.put("gosh.args", "--nointeractive --noshutdown");
    System.setProperty("gosh.home", home.resolve("shell").toString());
    Framework framework = new FrameworkFactory().newFramework(p);
    framework.init();
    List<Bundle> bundles = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(home.resolve("bundles"), "*.jar")) {
      for (Path jar : jars) {
        if (wanted.test(jar.getFileName().toString())) bundles.add(framework.getBundleContext().installBundle("reference:" + jar.toUri()));
      }
    }
    if (bundles.isEmpty()) throw new IOException("there are no bundles in " + home.resolve("bundles") + "; the archive is incomplete");
    framework.start();
    bundles.sort(Comparator.comparingInt(Platform::order));
    for (Bundle b : bundles) start(b);
    return framework;
  }

  private static int order(Bundle b) {
    int i = FIRST.indexOf(b.getSymbolicName());
    return i >= 0 ? i : LAST.equals(b.getSymbolicName()) ? FIRST.size() + 1 : FIRST.size();
  }

  /** A bundle that does not start is told and does not stop the others: a driver is replaceable, and the log says why. */
  private static void start(Bundle b) {
    if (b.getHeaders().get(Constants.FRAGMENT_HOST) != null) return;
    try {
      b.start(Bundle.START_ACTIVATION_POLICY);
    } catch (BundleException e) {
      LoggerFactory.getLogger(Platform.class).error("bundle {} {} did not start: {}", b.getSymbolicName(), b.getVersion(), e.getMessage());
    }
  }
}
