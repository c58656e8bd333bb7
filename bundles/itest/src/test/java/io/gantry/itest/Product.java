package io.gantry.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;
import static org.ops4j.pax.exam.CoreOptions.workingDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.ops4j.pax.exam.Option;

/** The product as Pax Exam starts it: all bundles of the archive, its configuration, and the framework set up as the launcher does. */
final class Product {
  /** Seen by the tests inside: the kit, which is on the class path, and logging, which the launcher exports too. */
  private static final List<String> KIT = List.of("io.gantry.kit", "io.gantry.kit.image", "io.gantry.kit.registry", "io.gantry.kit.story");
  private static final List<String> LOGGING = List.of("org.slf4j", "org.slf4j.event", "org.slf4j.helpers", "org.slf4j.spi");
  /** What reads the configuration first, and in this order, as the launcher starts them. */
  private static final List<String> FIRST = List.of("org.apache.felix.log-", "org.apache.felix.configadmin-", "org.apache.felix.scr-",
      "swap-", "deploy-");
  private static final List<Path> MADE = new ArrayList<>();

  private Product() {}

  /** With folders of their own: JUnit makes a runner to look for tests and another to run them, and each asks. */
  static Option[] options() throws IOException {
    Path home = Path.of(System.getProperty("gantry.home"));
    Path dir = Files.createTempDirectory("gantry-story");
    MADE.add(dir);
    Path root = Files.createDirectory(dir.resolve("root"));
    Path state = Files.createDirectory(dir.resolve("state"));
    Path config = Files.createDirectory(root.resolve("config"));
    for (Path file : list(home.resolve("config"), ".cfg")) Files.copy(file, config.resolve(file.getFileName()));
    List<Option> all = new ArrayList<>();
    all.add(junitBundles());
    all.add(workingDirectory(dir.resolve("felix").toString()));
    property(all, "org.osgi.framework.bsnversion", "multiple");
    property(all, "felix.cm.pm", "memory");
    property(all, "ds.delayed.keepInstances", "false");
    property(all, "gosh.args", "--nointeractive --noshutdown");
    property(all, "gantry.home", home.toString());
    property(all, "gantry.root", root.toString());
    property(all, "gantry.state", state.toString());
    property(all, "gantry.boot", "1");
    all.add(systemPackages("sun.misc", "com.sun.nio.file"));
    for (String p : LOGGING) all.add(systemPackages(p + ";version=\"1.7.36\"", p + ";version=\"2.0.20\""));
    for (String p : KIT) all.add(systemPackages(p));
    List<Path> jars = list(home.resolve("bundles"), ".jar").stream().sorted(Comparator.comparingInt(Product::turn)).toList();
    for (Path jar : jars) all.add(bundle("reference:" + jar.toUri()));
    return all.toArray(Option[]::new);
  }

  private static int turn(Path jar) {
    int i = 0;
    while (i < FIRST.size() && !jar.getFileName().toString().startsWith(FIRST.get(i))) i++;
    return i;
  }

  private static void property(List<Option> all, String key, String value) {
    all.add(frameworkProperty(key).value(value));
  }

  private static List<Path> list(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** After the framework has stopped: takes away the folders of all that were asked for. */
  static void sweep() throws IOException {
    for (Path dir : MADE) sweep(dir);
    MADE.clear();
  }

  private static void sweep(Path dir) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(dir)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path p : all) Files.delete(p);
  }
}
