package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.InvalidException;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;

class VerbTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Verb verb = new Verb(new Syntax("t:x", "Print what is given, and tell that in words which a line of a pipe does not hold")
      .operands("WORD", "")
      .example("t:x a")) {
    @Override
    protected int run(Args args, Console console) {
      console.out().print(args.operands());
      return 0;
    }
  };

  private String said(Map<String, Object> variables, Object... words) throws Exception {
    return said(verb, variables, words);
  }

  private String said(Verb verb, Map<String, Object> variables, Object... words) throws Exception {
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    verb.execute(Golden.service(CommandSession.class, (method, args) -> switch (method) {
      case "get" -> variables.get(args[0]);
      case "getConsole" -> stream;
      case "getKeyboard" -> InputStream.nullInputStream();
      default -> null;
    }), Arrays.asList(words));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatGogoMakesOfVariablesAndPatternsAreWords() throws Exception {
    assertEquals("[a, b, c, , 5]", said(Map.of(), "a", null, Arrays.asList("b", null, "c"), "", 5));
  }

  @Test
  void itsHelpIsAsWideAsTheTerminal() throws Exception {
    assertEquals(verb.syntax().help(80), said(Map.of(".gantry.columns", 50), "--help"), "no terminal");
    out.reset();
    assertEquals(verb.syntax().help(50), said(Map.of(".gantry.columns", 50, ".gantry.tty", true), "--help"));
  }

  /** What a line says goes before what its session said. */
  @Test
  void theNamespaceOfASessionIsThatOfItsLines() throws Exception {
    var which = new Verb(new Syntax("t:n", "Print the namespace").anyOperands("WORD", "").example("t:n")) {
      @Override
      protected int run(Args args, Console console) throws Exception {
        console.out().print(args.scope().namespace() + " ");
        return 0;
      }
    };
    said(which, Map.of(), "a");
    said(which, Map.of("NAMESPACE", "shop"), "a");
    assertEquals("default shop k8s.io ", said(which, Map.of("NAMESPACE", "shop"), "-n", "k8s.io"));
    assertThrows(InvalidException.class, () -> said(which, Map.of("NAMESPACE", "../x")));
  }
}
