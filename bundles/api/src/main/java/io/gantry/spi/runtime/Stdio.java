package io.gantry.spi.runtime;

/**
 * Where a process reads and writes, as URIs: {@code fifo:///path}, {@code file:///path} (appended to), {@code binary:///path?arg};
 * empty for nothing.
 *
 * @param terminal whether it has a terminal: one stream both ways, {@code stderr} is empty then
 */
public record Stdio(String stdin, String stdout, String stderr, boolean terminal) {
  public static final Stdio NONE = new Stdio("", "", "", false);
}
