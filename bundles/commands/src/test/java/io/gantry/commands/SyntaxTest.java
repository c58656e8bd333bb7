package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyntaxTest {
  private static Syntax run() {
    return new Syntax("ctr:run", "Run").flag("--tty", "-t", "T").option("--id", "", "ID", "Id", "").many("--env", "-e", "K=V", "Env", "")
        .operand("IMAGE", "image").rest("COMMAND").example("ctr:run redis");
  }

  @Test
  void leavesAllAfterTheImageToTheContainer() throws Exception {
    Args args = run().parse(List.of("-e", "A=1", "--id", "foo", "--env=B=2", "redis", "-t", "--id", "x", "--"));
    assertEquals("foo", args.get("--id", ""));
    assertEquals(List.of("A=1", "B=2"), args.all("--env"));
    assertEquals(List.of("redis", "-t", "--id", "x", "--"), args.operands());
    assertTrue(!args.has("--tty"));
  }

  @Test
  void takesOptionsAnywhereWhereNothingIsLeftToOthers() throws Exception {
    Syntax images = new Syntax("dist:rmi", "Remove").flag("--quiet", "-q", "Q").operands("IMAGE", "image");
    Args args = images.parse(List.of("a", "-q", "--", "-b"));
    assertEquals(List.of("a", "-b"), args.operands());
    assertTrue(args.has("--quiet"));
  }

  @Test
  void takesLettersTogether() throws Exception {
    Syntax run = new Syntax("ctr:run", "Run").flag("--interactive", "-i", "I").flag("--tty", "-t", "T")
        .option("--env", "-e", "K=V", "E", "");
    Args both = run.parse(List.of("-it"));
    assertTrue(both.has("--interactive") && both.has("--tty"));
    for (String wrong : List.of("-ix", "-ie", "-")) assertThrows(InvalidException.class, () -> run.parse(List.of(wrong)), wrong);
  }

  @Test
  void saysWhatIsWrongAndHowItGoes() {
    assertEquals("ctr:run: unknown option --idd\nusage: ctr:run [OPTIONS] IMAGE [COMMAND…]\n'ctr:run --help' tells more",
        assertThrows(InvalidException.class, () -> run().parse(List.of("--idd", "x"))).getMessage());
    assertTrue(assertThrows(InvalidException.class, () -> run().parse(List.of())).getMessage().contains("missing IMAGE"));
    assertTrue(assertThrows(InvalidException.class, () -> run().parse(List.of("--id"))).getMessage().contains("--id needs a value"));
    assertTrue(assertThrows(InvalidException.class, () -> run().parse(List.of("--tty=1", "x"))).getMessage().contains("takes no value"));
    Syntax one = new Syntax("dist:pull", "Pull").operand("REF", "image");
    assertTrue(assertThrows(InvalidException.class, () -> one.parse(List.of("a", "b"))).getMessage().contains("unexpected 'b'"));
    assertTrue(assertThrows(InvalidException.class, () -> one.parse(List.of("-n", "a/b", "x")).scope()).getMessage().contains("a/b"));
  }

  @Test
  void itsHelpEndsLinesWhereTheTerminalDoes() {
    Syntax syntax = new Syntax("t:x", "Do it").option("--name", "", "NAME", "A name that is told in many words", "")
        .details("One sentence and another one.\nA paragraph.").example("t:x --name a-name-that-is-long --namespace n");
    assertEquals("""
        t:x: Do it

        Usage: t:x [OPTIONS]

        One sentence and another one.
        A paragraph.

        Options:
          -h, --help            Show this help
          -n, --namespace NAME  Namespace of the
                                records (default:
                                default)
              --name NAME       A name that is told in
                                many words

        Example:
          t:x --name a-name-that-is-long --namespace n
        """, syntax.help(46));
    String narrow = syntax.help(30);
    assertTrue(narrow.contains("\n  -n, --namespace NAME\n      Namespace of the records\n      (default: default)\n"), narrow);
  }

  @Test
  void showsSizesAndHarmlessText() {
    assertEquals("1023 B", Text.size(1023));
    assertEquals("12.0 MiB", Text.size(12 << 20));
    assertEquals("a?[31mb", TextTable.harmless("a\u001b[31mb"));
  }
}
