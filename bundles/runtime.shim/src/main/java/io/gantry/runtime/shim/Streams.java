package io.gantry.runtime.shim;

import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Streams as a shim of 1.6 takes them. */
final class Streams {
  private Streams() {}

  /**
   * Plain paths for FIFOs and files; other schemes as they are. It opens standard input by its text, and knows no URI under a terminal,
   * where a file is written at its offset and not appended to.
   *
   * <p>Nor is it given a URI without a terminal, or one path for both streams: either way it opens one file for the two and closes it with
   * the first that ends, which loses what the other has still to say, such as why the process ended. By two names of the file it opens, and
   * appends to, two.
   */
  static Stdio forShim(Stdio s) {
    String out = plain(s.stdout());
    String err = plain(s.stderr());
    if (!err.isEmpty() && err.equals(out) && isFile(s.stderr())) err = secondName(Path.of(err));
    return new Stdio(plain(s.stdin()), out, err, s.terminal());
  }

  /** Makes the files that are not there: by a plain path a shim opens what there is. */
  static void makeFiles(Stdio s) throws IOException {
    for (String uri : List.of(s.stdout(), s.stderr())) {
      if (!isFile(uri)) continue;
      Path file = Path.of(plain(uri));
      Files.createDirectories(file.getParent());
      try {
        Files.createFile(file);
      } catch (FileAlreadyExistsException e) {
        continue; // as most are, with the mode their owner chose
      }
    }
  }

  private static boolean isFile(String uri) {
    return uri.startsWith("file:");
  }

  private static String plain(String uri) {
    return isFile(uri) || uri.startsWith("fifo:") ? URI.create(uri).getPath() : uri;
  }

  private static String secondName(Path file) {
    return file.getParent() + "/./" + file.getFileName();
  }
}
