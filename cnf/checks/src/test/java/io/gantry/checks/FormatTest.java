package io.gantry.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormatTest {
  @TempDir Path root;

  private static final String GOOD = """
      package a;

      import static java.util.List.of;

      import java.util.List;

      /** Says {@code x  ==y}. */
      record A(
          String x,
          int y) {
        enum E {
          ONE,
          TWO("{", '"')
        }

        @Override
        public String toString() {
          String text = \"""
              as  it
            is
              \""";
          List<String> l = of(x);   // beside
          l.forEach(s -> {
            if (s.isEmpty()) return;
          });
          return l.stream()
              .map(s -> {
                return s + text;
              })
              .toList() == null ? "a" : "b";
        }

        @Many({
            "a", "b"
        })
        int old(int i) {
          switch (i) {
            case 1:
              return 2;
            default:
              return 3;
          }
        }

        Runnable r() {
          try {
            return
                new Runnable() {
                  public void run() {}
                };
          } catch (RuntimeException e) {
            // nothing was begun
          }
          for (;;) {}
        }
      }
      """;

  private List<Finding> check(String java) throws IOException {
    new Sample(root).file("A.java", java);
    return Format.check(root);
  }

  @Test
  void whatIsInFormIsLeft() throws IOException {
    assertEquals(List.of(), check(GOOD));
    assertEquals(GOOD, Format.fix(Path.of("A.java"), GOOD));
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "class A {\n\tint a;\n}\n", "class A {\r\n}\r\n", "class A { \n}\n", "class A {\n\n\n}\n", "class A {\n}", "class A {\n}\n\n",
      "class A {\n   int a;\n}\n", "class A {\n  int a() {\n  return 1;\n  }\n}\n", "class A {\n  void a() {\n    }\n}\n",
      "class A {\n  int a = 1\n  + 2;\n}\n", "class A{\n  void a(){\n  }\n}\n", "class A {\n  void a() {\n    if(true) return;\n  }\n}\n",
      "class A {\n  int a(int b,int c) {\n    return b;\n  }\n}\n", "class A {\n  boolean a = 1==2;\n}\n", "class A {\n  int a=1;\n}\n",
      "class A {\n  int  a;\n}\n", "class A {\n  int a ;\n}\n", "class A {\n  Runnable r = ()->{};\n}\n",
      "import java.util.Map;\nimport java.util.List;\n\nclass A {\n  Map<List, List> m;\n}\n", "import java.util.Map;\n\nclass A {\n}\n",
      "import java.util.Map;\nimport static java.util.List.of;\n\nclass A {\n  Map m = of();\n}\n"
  })
  void whatIsNotInFormIsFoundAndMended(String java) throws IOException {
    assertTrue(!check(java).isEmpty(), java);
    String mended = Format.fix(Path.of("A.java"), java);
    assertEquals(List.of(), check(mended), mended);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "class A {\n  void a(int xxxx) {\n    if (xxxx == 1) throw new IllegalArgumentException(AAAA + BBBB);\n  }\n}\n",
      "class A {\n  int a(int xxxx, int y) {\n    return a(xxxx, a(1, 2)) + a(3, a(4, 5)) + AAAA + BBBB;\n  }\n}\n",
      "class A {\n  String s = \"AAAA AAAA AAAA\";\n}\n", "class A {\n  String s = \"AAAABBBB\";\n}\n",
      "class A {\n  int x =\n      a(\n          b(\n              \"AAAA AAAA bb\"), message);\n}\n",
      "class A {\n  // AAAA BBBB AAAA\n}\n",
      "/** AAAA BBBB AAAA */\nclass A {}\n", "/**\n * AAAA BBBB AAAA\n * and more\n */\nclass A {}\n"
  })
  void aLineThatIsTooLongIsBroken(String java) throws IOException {
    String wide = java.replace("AAAA", "a".repeat(60)).replace("BBBB", "b".repeat(90));
    assertTrue(!check(wide).isEmpty(), wide);
    String mended = Format.fix(Path.of("A.java"), wide);
    assertEquals(List.of(), check(mended), mended);
    assertEquals(mended, Format.fix(Path.of("A.java"), mended), "formatting is done in one go");
    assertEquals(wide.replaceAll("[\\s{}+\"*/]", ""), mended.replaceAll("[\\s{}+\"*/]", ""));
  }

  @Test
  void whatOnlyPeopleCanMendIsFound() throws IOException {
    for (String java : List.of(
        "import java.util.*;\n\nclass A {}\n", "class A {\n  // " + "x".repeat(140) + "\n}\n",
        "class A {\n" + "  int a;\n".repeat(500) + "}\n",
        "class A {\n  void a() {\n    try {\n    } catch (Error e) {\n    }\n  }\n}\n", "class A {\n  // TO" + "DO: later\n}\n",
        "class A {\n  Object o = new ProcessBuilder(\"sh\", \"-" + "c\", \"ls\");\n}\n", "class A {\n  @Disabled\n  void a() {}\n}\n")) {
      assertEquals(1, check(java).size(), java);
    }
  }

  @Test
  void testsOfContainersRunTheContainersShell() throws IOException {
    String java = "class A {\n  Object o = of(\"/bin/sh\", \"-" + "c\", \"ls\");\n}\n";
    new Sample(root).file("src/test/java/A.java", java);
    assertEquals(List.of(), Format.check(root));
    new Sample(root).file("src/main/java/A.java", java);
    assertEquals(1, Format.check(root).size());
  }

  @Test
  void aTestClassHasATest() throws IOException {
    String place = "src/test/java/ATest.java";
    new Sample(root).file(place, "class ATest {\n  // @Test is only spoken of\n  void a() {}\n}\n");
    assertEquals(List.of(place + ": a test class without a test"), Format.check(root).stream().map(Finding::toString).toList());
    new Sample(root).file(place, "class ATest {\n  @Test\n  void a() {}\n}\n");
    assertEquals(List.of(), Format.check(root));
  }

  @Test
  void textFilesAreReadTooAndTargetIsNot() throws IOException {
    new Sample(root).file("a/readme.md", "blank \n").file("a/run", "#!/bin/sh\n\techo\n").file("a/target/b.md", "blank \n");
    assertEquals(List.of("a/readme.md:1: blank at the end", "a/run:2: tab"), Format.check(root).stream().map(Finding::toString).toList());
  }
}
