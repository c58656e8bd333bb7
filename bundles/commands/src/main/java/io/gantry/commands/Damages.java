package io.gantry.commands;

import io.gantry.service.record.Damaged;
import java.util.List;

/** What a list leaves out, since it cannot be read: told as ls(1) tells of it, behind what could be listed. */
public final class Damages {
  /** What a list's help says of it. */
  public static final String HELP = "A record that is damaged is left out and told on the standard error; the exit code is 1 then.";

  private Damages() {}

  /** Says on the standard error what is wrong with each, and how to be rid of it. @return the exit code: 1 where there is one */
  public static int tell(Console console, List<Damaged> all) {
    for (Damaged d : all) console.err().println(TextTable.harmless(d.why().getMessage()));
    return all.isEmpty() ? 0 : 1;
  }
}
