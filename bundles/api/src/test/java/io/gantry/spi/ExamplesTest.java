package io.gantry.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each package of contracts has an example in its comment, and the compiler takes it: members of a class, over the packages of api. */
class ExamplesTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* \\}</pre>", Pattern.DOTALL);

  @TempDir
  private Path classes;

  @TestFactory
  Stream<DynamicTest> compile() throws IOException {
    List<Path> packages;
    try (Stream<Path> all = Files.walk(SOURCES.resolve("io/gantry/spi"))) {
      packages = all.filter(p -> p.endsWith("package-info.java")).sorted().toList();
    }
    return packages.stream().map(p -> DynamicTest.dynamicTest(p.getParent().getFileName().toString(), () -> compiles(p)));
  }

  private void compiles(Path info) throws IOException {
    Matcher m = EXAMPLE.matcher(Files.readString(info));
    assertEquals(true, m.find(), "an example <pre>{@code … }</pre> in " + info);
    String own = SOURCES.relativize(info.getParent()).toString().replace('/', '.');
    String imports = Stream.of("io.gantry.api", own, "java.io", "java.nio", "java.nio.file", "java.util").map(p -> "import " + p + ".*;\n")
        .collect(Collectors.joining());
    String body = m.group(1).lines().map(l -> l.replaceFirst("^ \\* ?", "")).collect(Collectors.joining("\n"));
    // named one by one, since java.lang has one too
    String source = imports + (own.endsWith(".runtime") ? "import " + own + ".Runtime;\n" : "") + "class Example {\n" + body + "\n}\n";
    var problems = new StringWriter();
    ToolProvider.getSystemJavaCompiler().getTask(problems, null, null, List.of("-proc:none", "-d", classes.toString(), "-cp",
        System.getProperty("java.class.path")), null, List.of(new Text(source))).call();
    assertEquals("", problems.toString(), source);
  }

  private static final class Text extends SimpleJavaFileObject {
    private final String text;

    Text(String text) {
      super(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreErrors) {
      return text;
    }
  }
}
