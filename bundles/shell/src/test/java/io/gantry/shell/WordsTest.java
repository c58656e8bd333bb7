package io.gantry.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void takesQuotesAway() {
    assertEquals(List.of("a", "b c", "$d", "", "e f", "x'y", "g|h"), Words.plain("a  'b c' '$d' \"\" e\\ f \"x'y\" 'g|h'"));
    assertEquals(List.of("ctr:run", "-e", "A=1", "busybox", "ls", "*.c", "~"), Words.plain("ctr:run -e A=1 busybox ls *.c ~"));
    assertEquals(List.of(), Words.plain("   "));
  }

  @Test
  void leavesScriptsToGogo() {
    for (String script : List.of("a | b", "x=1", "x = 1", "echo $x", "echo \"$x\"", "a; b", "(a)", "each [1 2] { b }", "a > f", "a &",
        "a 'b",
        "# a")) {
      assertEquals(List.of(), Words.plain(script), script);
    }
  }
}
