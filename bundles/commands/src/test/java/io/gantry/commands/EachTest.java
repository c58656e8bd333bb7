package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.NotFoundException;
import java.io.ByteArrayOutputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EachTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<String> done = new ArrayList<>();
  private final Console console =
      Golden.console(new PrintStream(OutputStream.nullOutputStream()), new PrintStream(err, true, StandardCharsets.UTF_8));

  private int each(String... names) throws Exception {
    return Each.of(List.of(names), console, name -> {
      if (name.equals("none")) throw new NotFoundException("there is no none");
      if (name.equals("^C")) throw new InterruptedIOException("interrupted");
      done.add(name);
    });
  }

  @Test
  void whatFailsIsToldAndTheOthersAreDone() throws Exception {
    assertEquals(1, each("a", "none", "b"));
    assertEquals(List.of("a", "b"), done);
    assertEquals("there is no none\n", err.toString(StandardCharsets.UTF_8));
    assertEquals(0, each("c"));
  }

  @Test
  void anInterruptionEndsIt() {
    assertThrows(InterruptedIOException.class, () -> each("a", "^C", "b"));
    assertEquals(List.of("a"), done);
  }
}
