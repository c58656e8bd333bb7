package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExecFailureTest {
  private static int code(int ended, String... output) {
    return code("", ended, output);
  }

  private static int code(String command, int ended, String... output) {
    var failure = new ExecFailure(command);
    for (String o : output) failure.wrote(o.getBytes(StandardCharsets.UTF_8), o.getBytes(StandardCharsets.UTF_8).length);
    return failure.code(ended);
  }

  @Test
  void whatTheKernelRefusedIs126() {
    assertEquals(126, code(1, "exec /bin/noprog: exec format error"));
    assertEquals(126, code(1, "exec /bin/script: no such ", "file or directory\r\n"));
  }

  @Test
  void itIsTheCommandThatWasAskedFor() {
    assertEquals(126, code("noprog", 1, "exec /bin/noprog: exec format error"));
    assertEquals(126, code("./noprog", 1, "exec ./noprog: exec format error\r\n"));
    assertEquals(126, code("/d/no prog", 1, "exec /d/no prog: exec format error"));
    assertEquals(1, code("sh", 1, "exec /x: permission denied\n"), "it said so itself");
  }

  @Test
  void allElseIsTheCommandsOwn() {
    assertEquals(1, code(1));
    assertEquals(1, code(1, "working\n", "exec /bin/x: exec format error"));
    assertEquals(2, code(2, "exec /bin/x: exec format error"));
    assertEquals(0, code(0, "exec /bin/x: exec format error"));
    assertEquals(1, code(1, "x".repeat(10_000)));
  }
}
