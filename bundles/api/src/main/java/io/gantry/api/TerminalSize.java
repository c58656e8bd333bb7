package io.gantry.api;

/**
 * How much a terminal shows. Who does not know it gives none: there is no size that means so.
 *
 * @param columns characters a line, 1 to 65535
 * @param rows lines, 1 to 65535
 */
public record TerminalSize(int columns, int rows) {
  /** The most of either, as the kernel's {@code struct winsize} has it. */
  public static final int MAX = 65_535;

  /** @throws IllegalArgumentException one of both is out of its bounds */
  public TerminalSize {
    if (columns < 1 || columns > MAX || rows < 1 || rows > MAX) {
      throw new IllegalArgumentException("a terminal of " + columns + " columns and " + rows + " rows; expected 1 to " + MAX + " of each");
    }
  }
}
