package io.gantry.spi.runtime;

/**
 * Where a process reads and writes, as URIs: {@code fifo:///path}, {@code file:///path} (appended to), {@code binary:///path?arg};
 * empty for nothing. A path is percent-encoded, as in every URI: that of {@code /my data} is {@code file:///my%20data} (T-16). Core makes
 * files and FIFOs before the call that names them and removes them after {@code delete}; the driver's keeper opens them, and MUST NOT need
 * the manager at the other end.
 *
 * @param stdin read from; empty: end of file at once
 * @param stdout written to
 * @param stderr written to; where {@code stdout} is a file, the same file or, with a terminal, empty
 * @param terminal whether it has a terminal: one stream both ways, {@code stderr} is empty then
 */
public record Stdio(String stdin, String stdout, String stderr, boolean terminal) {
  public static final Stdio NONE = new Stdio("", "", "", false);
}
