package io.gantry.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for one test, by path and by descriptor; removed by our own means. */
final class Temp implements AutoCloseable {
  final Path path;
  final Fd fd;

  Temp() throws IOException {
    path = Files.createTempDirectory("linux-test-");
    fd = Fd.open(path);
  }

  static byte[] b(String text) {
    return Names.of(text);
  }

  static void root(String what) {
    assumeTrue(Libc.geteuid() == 0, what + " needs root");
  }

  Fd create(String name, String text) throws IOException {
    Fd f = fd.open(b(name), Open.RDWR | Open.CREAT | Open.EXCL, 0644);
    f.write(b(text));
    return f;
  }

  @Override
  public void close() throws IOException {
    fd.close();
    try (var all = Files.walk(path)) {
      for (Path p : all.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }
}
