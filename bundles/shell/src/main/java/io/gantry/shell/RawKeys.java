package io.gantry.shell;

import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;

/** Gives every key, Ctrl-C too, to the command that runs, and the line editor's way back after it. */
final class RawKeys implements Consumer<Boolean> {
  private final Terminal terminal;
  private Attributes before;

  RawKeys(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized void accept(Boolean on) {
    if (on && before == null) {
      before = terminal.enterRawMode();
      Attributes raw = terminal.getAttributes();
      raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
      raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
      terminal.setAttributes(raw);
    } else if (!on && before != null) {
      terminal.setAttributes(before);
      before = null;
    }
  }
}
