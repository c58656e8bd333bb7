package io.gantry.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class GantryExceptionTest {
  @Test
  void nameOfAnImageCannotSteerTheTerminal() {
    assertEquals("user '?[2Jroot?\u00e9' is not\n\tthere", new NotFoundException("user '\u001b[2Jroot\u009b\u00e9' is not\n\tthere")
        .getMessage());
  }

  @Test
  void otherMessagesAreAsTheyWere() {
    String message = "straße 𝄞\n\tx";
    assertSame(message, new InvalidException(message).getMessage());
    assertNull(new InvalidException(null).getMessage());
  }
}
