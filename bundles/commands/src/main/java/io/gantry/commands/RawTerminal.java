package io.gantry.commands;

import java.util.function.Consumer;

/** Asks the user's terminal to pass every key on, and to be as before when closed. */
public final class RawTerminal implements AutoCloseable {
  private static final RawTerminal NONE = new RawTerminal(on -> { });
  private final Consumer<Boolean> raw;

  private RawTerminal(Consumer<Boolean> raw) {
    this.raw = raw;
  }

  @SuppressWarnings("unchecked")
  public static RawTerminal of(Console console, boolean wanted) {
    if (!wanted || !console.keyboard() || !(console.session().get(".gantry.raw") instanceof Consumer<?> c)) return NONE;
    var raw = new RawTerminal((Consumer<Boolean>) c);
    raw.raw.accept(true);
    return raw;
  }

  @Override
  public void close() {
    raw.accept(false);
  }
}
