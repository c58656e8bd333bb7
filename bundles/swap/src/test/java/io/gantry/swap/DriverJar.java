package io.gantry.swap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Builds driver bundles: a source is compiled, a component description and a manifest are put beside it. */
public final class DriverJar {
  private String symbolicName;
  private final String pid;
  private final Map<String, String> properties = new LinkedHashMap<>();
  private String source;
  private final Map<String, String> entries = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();
  private String version = "1.0.0";
  private String reference = "";
  private String left = "";
  private String modified = " modified=\"modified\"";

  public DriverJar(String kind, String type, String source) {
    this.symbolicName = "test." + kind + "." + type;
    this.pid = kind + "." + type;
    this.source = source;
    properties.put("gantry.kind", kind);
  }

  public DriverJar replace(String from, String to) {
    source = source.replace(from, to);
    return this;
  }

  /** Leaves a class out. */
  public DriverJar without(String name) {
    left = name;
    return this;
  }

  public DriverJar imports(String clause) {
    return header("Import-Package", clause);
  }

  public DriverJar header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** A file in the jar. */
  public DriverJar entry(String path, String content) {
    entries.put(path, content);
    return this;
  }

  public DriverJar version(String v) {
    version = v;
    return this;
  }

  public DriverJar symbolicName(String name) {
    symbolicName = name;
    return this;
  }

  /** Another configuration makes another component. */
  public DriverJar unmodified() {
    modified = "";
    return this;
  }

  /** A service that the component needs. */
  public DriverJar reference(String type) {
    reference = "<reference name=\"" + type + "\" interface=\"" + type + "\"/>";
    return this;
  }

  public DriverJar property(String key, String value) {
    properties.put(key, value);
    return this;
  }

  public InputStream build() throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", symbolicName);
    main.putValue("Bundle-Version", version);
    main.putValue("Service-Component", "OSGI-INF/driver.xml");
    main.putValue("Require-Capability", "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.5.0)(!(version>=2.0.0)))\"");
    headers.forEach(main::putValue);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      Map<String, byte[]> classes = compiled();
      classes.remove(left);
      for (Map.Entry<String, byte[]> e : classes.entrySet()) put(jar, e.getKey().replace('.', '/') + ".class", e.getValue());
      for (Map.Entry<String, String> e : entries.entrySet()) put(jar, e.getKey(), e.getValue().getBytes(StandardCharsets.UTF_8));
      put(jar, "OSGI-INF/driver.xml", component().getBytes(StandardCharsets.UTF_8));
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private static void put(JarOutputStream jar, String name, byte[] content) throws IOException {
    jar.putNextEntry(new JarEntry(name));
    jar.write(content);
    jar.closeEntry();
  }

  private String component() {
    StringBuilder all = new StringBuilder();
    properties.forEach((k, v) -> all.append("<property name=\"" + k + "\" value=\"" + v + "\"/>"));
    return "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.3.0\" name=\"" + pid + "\" configuration-policy=\"require\""
        + " configuration-pid=\"" + pid + "\" activate=\"activate\" deactivate=\"deactivate\"" + modified + ">" + all + reference
        + "<implementation class=\"demo.Demo\"/><service><provide interface=\"java.util.function.Function\"/></service></scr:component>";
  }

  private Map<String, byte[]> compiled() throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();
    JavaFileManager memory = new ForwardingJavaFileManager<>(compiler.getStandardFileManager(null, null, null)) {
      @Override
      public JavaFileObject getJavaFileForOutput(Location l, String name, JavaFileObject.Kind kind, FileObject sibling) {
        return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/') + kind.extension), kind) {
          @Override
          public OutputStream openOutputStream() {
            return classes.computeIfAbsent(name, n -> new ByteArrayOutputStream());
          }
        };
      }
    };
    JavaFileObject unit = new SimpleJavaFileObject(URI.create("string:///demo/Demo.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignore) {
        return source;
      }
    };
    if (!compiler.getTask(null, memory, null, List.of("-proc:none", "-Xlint:none"), null, List.of(unit)).call()) {
      throw new IOException("does not compile");
    }
    Map<String, byte[]> done = new LinkedHashMap<>();
    classes.forEach((name, out) -> done.put(name, out.toByteArray()));
    return done;
  }
}
