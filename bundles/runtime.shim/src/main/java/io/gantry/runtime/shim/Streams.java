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
   *
   * <p>A plain path it parses as a URI all the same, before it opens it by its text, and refuses a {@code %} that is no escape. A path with
   * one is reached by a link from the bundle, which is where a shim works.
   *
   * @param links makes such a link
   */
  static Stdio forShim(Stdio s, Links links) throws IOException {
    String out = plain(s.stdout());
    String err = plain(s.stderr());
    if (!err.isEmpty() && err.equals(out) && isFile(s.stderr())) err = secondName(Path.of(err));
    return new Stdio(reached(plain(s.stdin()), "stdin", links), reached(out, "stdout", links), reached(err, "stderr", links), s.terminal());
  }

  /** Makes links in a bundle. */
  @FunctionalInterface
  interface Links {
    /** @return the link's path from the bundle */
    String link(String stream, Path target) throws IOException;
  }

  private static String reached(String plain, String stream, Links links) throws IOException {
    return plain.startsWith("/") && plain.contains("%") ? links.link(stream, Path.of(plain)) : plain;
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
