package io.gantry.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * A folder of {@code bundles/} as Maven left it.
 *
 * @param name the folder's name, which is the end of the symbolic name and of the root package
 * @param folder where it is
 */
record Bundle(String name, Path folder) {
  /** All folders with a {@code pom.xml}, by name. */
  static List<Bundle> all(Path root) throws IOException {
    try (Stream<Path> list = Files.list(root.resolve("bundles"))) {
      return list.filter(p -> Files.exists(p.resolve("pom.xml"))).sorted().map(p -> new Bundle(p.getFileName().toString(), p)).toList();
    }
  }

  /** A bundle with a dot is a driver. */
  boolean driver() {
    return name.indexOf('.') > 0;
  }

  /** The root package in the form of class files, {@code io/gantry/snapshot/overlay}. */
  String prefix() {
    return "io/gantry/" + name.replace('.', '/');
  }

  /** Whether a class (internal name) is ours by its package. */
  boolean owns(String type) {
    return name.equals("api")
        ? type.startsWith("io/gantry/api/") || type.startsWith("io/gantry/spi/") || type.startsWith("io/gantry/service/")
        : type.startsWith(prefix() + "/");
  }

  boolean built() {
    return Files.exists(folder.resolve("target/classes/META-INF/MANIFEST.MF"));
  }

  /** The classes of its own that ship; copies of other packages are not among them. */
  List<ClassModel> classes() throws IOException {
    return read("target/classes");
  }

  List<ClassModel> tests() throws IOException {
    return read("target/test-classes");
  }

  Manifest manifest() throws IOException {
    Path file = folder.resolve("target/classes/META-INF/MANIFEST.MF");
    if (!Files.exists(file)) return new Manifest();
    try (var in = Files.newInputStream(file)) {
      return new Manifest(in);
    }
  }

  /** The descriptions of its components, with their names. */
  List<Path> components() throws IOException {
    return files(folder.resolve("target/classes/OSGI-INF"), ".xml");
  }

  List<Path> sources() throws IOException {
    return files(folder.resolve("src/main/java"), ".java");
  }

  private List<ClassModel> read(String below) throws IOException {
    var all = new ArrayList<ClassModel>();
    for (Path p : files(folder.resolve(below), ".class")) {
      ClassModel c = ClassFile.of().parse(Files.readAllBytes(p));
      if (owns(c.thisClass().asInternalName())) all.add(c);
    }
    return all;
  }

  private static List<Path> files(Path below, String ending) throws IOException {
    if (!Files.isDirectory(below)) return List.of();
    try (Stream<Path> walk = Files.walk(below)) {
      return walk.filter(p -> p.toString().endsWith(ending)).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
