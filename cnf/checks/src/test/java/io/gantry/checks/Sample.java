package io.gantry.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** A checkout made for one test: bundles whose sources are strings, compiled as Maven would leave them. */
final class Sample {
  private static final Pattern PACKAGE = Pattern.compile("package ([\\w.]+);");
  private static final Pattern TYPE = Pattern.compile("(?:class|interface|record|enum) (\\w+)");
  private final Path root;
  private final List<Path> classPath = new ArrayList<>();

  Sample(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root.resolve("bundles"));
  }

  Sample bundle(String name, String... sources) throws IOException {
    file("bundles/" + name + "/pom.xml", "<project/>");
    return compile(name, "main", "classes", sources);
  }

  Sample tests(String name, String... sources) throws IOException {
    return compile(name, "test", "test-classes", sources);
  }

  Sample file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return this;
  }

  Sample exports(String bundle, String clauses) throws IOException {
    return file("bundles/" + bundle + "/target/classes/META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nExport-Package: " + clauses + "\n");
  }

  List<Bundle> bundles() throws IOException {
    return Bundle.all(root);
  }

  Path path(String path) {
    return root.resolve(path);
  }

  private Sample compile(String bundle, String kind, String target, String... sources) throws IOException {
    Path to = Files.createDirectories(root.resolve("bundles/" + bundle + "/target/" + target));
    classPath.add(to);
    String path = String.join(":", classPath.stream().map(Path::toString).toList());
    var arguments = new ArrayList<String>(List.of("-proc:none", "-cp", path, "-d", to.toString()));
    for (String source : sources) {
      Matcher p = PACKAGE.matcher(source);
      Matcher t = TYPE.matcher(source);
      if (!p.find() || !t.find()) throw new IllegalArgumentException(source);
      String file = "bundles/" + bundle + "/src/" + kind + "/java/" + p.group(1).replace('.', '/') + "/" + t.group(1) + ".java";
      file(file, source);
      arguments.add(root.resolve(file).toString());
    }
    if (sources.length == 0) return this;
    int code = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
    if (code != 0) throw new IllegalArgumentException("the sample of " + bundle + " does not compile");
    return this;
  }
}
