package io.gantry.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Another build of a driver: the same classes under another version, hence another digest. */
final class SecondBuild {
  private SecondBuild() {}

  static Path of(Path jar, Path into, int number) throws IOException {
    Path out = into.resolve(jar.getFileName().toString().replace(".jar", "." + number + ".jar"));
    try (JarFile from = new JarFile(jar.toFile())) {
      Manifest manifest = new Manifest(from.getManifest());
      Attributes main = manifest.getMainAttributes();
      main.putValue("Bundle-Version", main.getValue("Bundle-Version") + ".build" + number);
      try (OutputStream file = Files.newOutputStream(out); JarOutputStream to = new JarOutputStream(file, manifest)) {
        for (var e = from.entries(); e.hasMoreElements(); ) copy(from, e.nextElement(), to);
      }
    }
    return out;
  }

  private static void copy(JarFile from, JarEntry entry, JarOutputStream to) throws IOException {
    if (entry.getName().equals(JarFile.MANIFEST_NAME)) return;
    to.putNextEntry(new JarEntry(entry.getName()));
    try (InputStream in = from.getInputStream(entry)) {
      in.transferTo(to);
    }
    to.closeEntry();
  }
}
