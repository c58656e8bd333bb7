package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextTableTest {
  private final TextTable table = new TextTable("NAME", "STATE", "WHY")
      .row("one", "active", "")
      .row("long one", "absent", "shim.path = /nothere, which is not there; expected a file, a,b,c")
      .row("x", "failed", "sha256:0123456789012345678901234567890123456789");

  private String in(int columns) {
    var bytes = new ByteArrayOutputStream();
    table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), columns);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theLastColumnGoesOnBelowItself() {
    assertEquals("""
        NAME      STATE   WHY
        one       active
        long one  absent  shim.path = /nothere,
                          which is not there;
                          expected a file, a,b,c
        x         failed  sha256:012345678901234
                          5678901234567890123456
                          789
        """, in(40));
  }

  @Test
  void itIsBrokenOnlyWhereThatIsOfUse() {
    String whole = in(Integer.MAX_VALUE);
    assertEquals(4, whole.lines().count());
    assertEquals(whole, in(82), "it fits");
    assertEquals(whole, in(30), "too narrow");
  }

  @Test
  void aCharacterOfTwoUnitsIsOne() {
    table.row("𝄞", "active", "𝄞".repeat(30));
    assertEquals("𝄞         active  " + "𝄞".repeat(22), in(40).lines().filter(l -> l.startsWith("𝄞")).findFirst().orElseThrow());
  }
}
