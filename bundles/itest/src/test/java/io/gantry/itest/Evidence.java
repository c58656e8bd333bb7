package io.gantry.itest;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What may tell who holds something of a bundle that went: threads, and the heap, to be searched for the way from a root to a class loader.
 * The JVM is asked by names, since the framework does not export {@code com.sun.management}.
 */
final class Evidence {
  private static final Path FOLDER = Path.of("target").toAbsolutePath();

  private Evidence() {}

  /**
   * Writes {@code staying.hprof} and {@code staying-threads.json}, virtual threads too, into {@code target/}. Answers where they are, and
   * the platform threads that are in code of the packages, or have one of the loaders as their context. The one to blame may be a thread
   * that is dead: the heap has it, too.
   */
  static String of(List<WeakReference<ClassLoader>> loaders, List<String> packages) {
    var said = new StringBuilder();
    Thread.getAllStackTraces().forEach((thread, stack) -> {
      if (loaders.stream().anyMatch(l -> thread.getContextClassLoader() != null && l.refersTo(thread.getContextClassLoader()))) {
        said.append("\nits loader is the context of ").append(thread);
      }
      if (Arrays.stream(stack).anyMatch(f -> packages.stream().anyMatch(f.getClassName()::startsWith))) {
        said.append(Arrays.stream(stack).map(f -> "\n    " + f).collect(Collectors.joining("", "\n" + thread, "")));
      }
    });
    return said + "\n" + written("dumpThreads", FOLDER.resolve("staying-threads.json"), "JSON", String.class) + "\n" + written("dumpHeap",
        FOLDER.resolve("staying.hprof"), true, boolean.class);
  }

  private static String written(String how, Path file, Object mode, Class<?> type) {
    try {
      Files.deleteIfExists(file); // the JVM overwrites none
      ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=HotSpotDiagnostic"), how,
          new Object[] {file.toString(), mode}, new String[] {String.class.getName(), type.getName()});
      return "see " + file;
    } catch (IOException | JMException | RuntimeException e) {
      return "no " + file + ": " + e;
    }
  }
}
