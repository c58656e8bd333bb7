package io.gantry.kit.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.Scope;
import io.gantry.kit.Contract;
import io.gantry.kit.Runner;
import io.gantry.kit.inside.Inside;
import io.gantry.linux.Fd;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.MetadataStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;

/** The kit as a bundle, in a framework that has the api and system calls, and no JUnit. */
class InFrameworkTest {
  @TempDir Path cache;
  private Framework framework;

  @BeforeEach
  void start() throws Exception {
    framework = new FrameworkFactory().newFramework(Map.of("org.osgi.framework.storage", cache.toString(),
        "org.osgi.framework.system.packages.extra", exports(Scope.class) + "," + exports(Fd.class)));
    framework.start();
    context().installBundle("kit", kit()).start();
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
  }

  private BundleContext context() {
    return framework.getBundleContext();
  }

  /** What needs a JVM of its own is skipped, all else is tried. */
  @Test
  void aThirdPartysBundleCertifiesAStore() throws Exception {
    List<String> said = said(PlainMetadata::new);
    assertEquals(List.of(), said.stream().filter(l -> l.startsWith("FAILED")).toList());
    List<Runner.Test> tests = Runner.of(new MetadataContract(), PlainMetadata::new).tests();
    assertEquals("MetadataStore: " + (tests.size() - 1) + " passed, 0 failed, 1 skipped", said.getLast());
    assertEquals(List.of("M-1"), said.stream().filter(l -> l.startsWith("SKIPPED")).map(l -> l.split(" +")[1]).toList());
  }

  @Test
  void andFindsAWrongOne() throws Exception {
    List<String> said = said(root -> new PlainMetadata(root) {
      @Override
      public synchronized long commit(Batch batch) {
        return 1;
      }
    });
    assertEquals(1, said.stream().filter(l -> l.startsWith("FAILED  M-1 ")).count(), said.toString());
  }

  /** Makes a store over a folder. */
  @FunctionalInterface
  private interface Making {
    MetadataStore in(Path folder) throws IOException;
  }

  private List<String> said(Making making) throws Exception {
    Function<Path, MetadataStore> stores = folder -> {
      try {
        return making.in(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
    context().registerService(Function.class, stores, null);
    context().installBundle("inside", inside()).start();
    return context().getService(context().getServiceReference(String.class)).lines().toList();
  }

  private static String exports(Class<?> of) throws Exception {
    return manifest(of).getMainAttributes().getValue("Export-Package");
  }

  /** That of the class's bundle: of a jar, or of a module's classes. */
  private static Manifest manifest(Class<?> of) throws Exception {
    Path from = Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(from)) return manifest(from);
    try (FileSystem jar = FileSystems.newFileSystem(from)) {
      return manifest(jar.getPath("/"));
    }
  }

  private static Manifest manifest(Path root) throws IOException {
    try (InputStream in = Files.newInputStream(root.resolve("META-INF/MANIFEST.MF"))) {
      return new Manifest(in);
    }
  }

  private static InputStream kit() throws Exception {
    Path classes = Path.of(Contract.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return jar(manifest(classes), classes, classes);
  }

  private static InputStream inside() throws Exception {
    Path classes = Path.of(Inside.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Manifest m = new Manifest();
    Attributes a = m.getMainAttributes();
    a.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    a.putValue("Bundle-ManifestVersion", "2");
    a.putValue("Bundle-SymbolicName", "com.example.inside");
    a.putValue("Bundle-Activator", Inside.class.getName());
    a.putValue("Import-Package", "org.osgi.framework,io.gantry.kit,io.gantry.kit.fault,io.gantry.kit.image,io.gantry.kit.registry,"
        + "io.gantry.kit.rules,io.gantry.spi.metadata");
    return jar(m, classes, classes.resolve(Inside.class.getPackageName().replace('.', '/')));
  }

  private static InputStream jar(Manifest manifest, Path root, Path folder) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var jar = new JarOutputStream(bytes, manifest); Stream<Path> files = Files.walk(folder)) {
      for (Path f : files.filter(Files::isRegularFile).filter(f -> !f.endsWith("MANIFEST.MF")).toList()) {
        jar.putNextEntry(new JarEntry(root.relativize(f).toString()));
        Files.copy(f, jar);
        jar.closeEntry();
      }
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }
}
