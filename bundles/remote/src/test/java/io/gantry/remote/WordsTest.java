package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Messages as servers have them. */
class WordsTest {
  private static final Map<String, Set<Words>> SAID = Map.ofEntries(
      Map.entry("unknown service containerd.services.transfer.v1.Transfer", EnumSet.of(Words.NO_SERVICE)),
      Map.entry("Method not found: gantry.services.logs.v1.Logs/Read", EnumSet.of(Words.NO_SERVICE)),
      Map.entry("runtime \"x\" cannot stop processes: not implemented", EnumSet.noneOf(Words.class)),
      Map.entry("ref layer-1 locked for 3s (since 2026-01-01): unavailable", EnumSet.of(Words.UNAVAILABLE)),
      Map.entry("io exception", EnumSet.noneOf(Words.class)),
      Map.entry(
          "unix:///s: OCI runtime exec failed: exec failed: unable to start container process: exec: \"nope\": executable file not found"
          + " in $PATH: unknown", EnumSet.of(Words.COMMAND, Words.MISSING)),
      Map.entry("failed to create task for container: runc create failed: unable to start container process: error during container init:"
          + " exec: \"/etc/passwd\": permission denied: unknown", EnumSet.of(Words.COMMAND)),
      Map.entry("crun: executable file `nope` not found in $PATH: No such file or directory: unknown", EnumSet.of(Words.COMMAND,
          Words.MISSING)),
      Map.entry("starting n/c: the command 'is not there' cannot be executed", EnumSet.of(Words.COMMAND)),
      Map.entry("starting n/c: the command 'nope' is not there", EnumSet.of(Words.COMMAND, Words.MISSING)),
      Map.entry("failed to start console copy: no such file or directory: unknown", EnumSet.of(Words.NO_CONSOLE)));

  @Test
  void eachMeansWhatItMeant() {
    SAID.forEach((said, means) -> {
      var found = EnumSet.noneOf(Words.class);
      for (Words w : Words.values()) if (w.in(said)) found.add(w);
      assertEquals(means, found, said);
    });
  }
}
