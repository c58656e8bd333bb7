package io.gantry.runtime.shim;

import io.gantry.spi.runtime.Stdio;
import java.net.URI;

/** Streams as a shim of 1.6 takes them. */
final class Streams {
  private Streams() {}

  /**
   * Plain paths for FIFOs, since it opens standard input by its text; and for files under a terminal, since it knows no URI there. A
   * regular file serves as well as a FIFO then, but is written at its offset and not appended to.
   */
  static Stdio forShim(Stdio s) {
    return new Stdio(plain(s.stdin(), true), plain(s.stdout(), s.terminal()), plain(s.stderr(), s.terminal()), s.terminal());
  }

  private static String plain(String uri, boolean files) {
    return uri.startsWith("fifo:") || files && uri.startsWith("file:") ? URI.create(uri).getPath() : uri;
  }
}
