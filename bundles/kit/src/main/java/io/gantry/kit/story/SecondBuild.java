package io.gantry.kit.story;

import static java.lang.constant.ConstantDescs.CD_String;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;

/** Another build of a bundle: the same classes under another version, hence another digest; or one that is broken in a chosen way. */
public final class SecondBuild {
  private static final Pattern COMPONENT = Pattern.compile("<implementation class=\"([^\"]+)\"");
  private static final int BUFFER = 1 << 16;
  private final Path jar;
  private final String qualifier;
  private final UnaryOperator<String> imports;
  private final Optional<String> failure;

  private SecondBuild(Path jar, String qualifier, UnaryOperator<String> imports, Optional<String> failure) {
    this.jar = jar;
    this.qualifier = qualifier;
    this.imports = imports;
    this.failure = failure;
  }

  /** @param qualifier ends the version, e.g. {@code build2} */
  public static SecondBuild of(Path jar, String qualifier) {
    return new SecondBuild(jar, qualifier, i -> i, Optional.empty());
  }

  /** One that imports a package which nobody exports. */
  public SecondBuild importing(String clause) {
    return new SecondBuild(jar, qualifier, i -> imports.apply(i) + "," + clause, failure);
  }

  /** One that wants a package of ours in a version that is not here. */
  public SecondBuild wanting(String ourPackage, String range) {
    Pattern clause = Pattern.compile("(^|,)" + Pattern.quote(ourPackage) + ";version=\"[^\"]*\"");
    return new SecondBuild(jar, qualifier, i -> {
      Matcher m = clause.matcher(imports.apply(i));
      if (!m.find()) throw new IllegalArgumentException(jar + " does not import " + ourPackage);
      return m.replaceFirst("$1" + Matcher.quoteReplacement(ourPackage + ";version=\"" + range + "\""));
    }, failure);
  }

  /** One whose components throw when they are made. */
  public SecondBuild failing(String message) {
    return new SecondBuild(jar, qualifier, imports, Optional.of(message));
  }

  /** Writes the jar. */
  public Path into(Path folder) throws IOException {
    Path out = folder.resolve(jar.getFileName().toString().replace(".jar", "." + qualifier + ".jar"));
    try (JarFile from = new JarFile(jar.toFile())) {
      Manifest manifest = new Manifest(from.getManifest());
      Attributes main = manifest.getMainAttributes();
      main.putValue("Bundle-Version", main.getValue("Bundle-Version") + "." + qualifier);
      main.putValue("Import-Package", imports.apply(main.getValue("Import-Package")));
      Set<String> components = failure.isPresent() ? components(from) : Set.of();
      try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(out), BUFFER);
          JarOutputStream to = new JarOutputStream(file, manifest)) {
        to.setLevel(Deflater.BEST_SPEED); // it is used once
        for (var e = from.entries(); e.hasMoreElements(); ) copy(from, e.nextElement(), to, components);
      }
    }
    return out;
  }

  private static Set<String> components(JarFile from) throws IOException {
    Set<String> files = new HashSet<>();
    for (var e = from.entries(); e.hasMoreElements(); ) {
      JarEntry entry = e.nextElement();
      if (!entry.getName().matches("OSGI-INF/[^/]+\\.xml")) continue;
      try (InputStream in = from.getInputStream(entry)) {
        Matcher m = COMPONENT.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        if (m.find()) files.add(m.group(1).replace('.', '/') + ".class");
      }
    }
    if (files.isEmpty()) throw new IOException(from.getName() + " has no component");
    return files;
  }

  private void copy(JarFile from, JarEntry entry, JarOutputStream to, Set<String> components) throws IOException {
    if (entry.getName().equals(JarFile.MANIFEST_NAME)) return;
    to.putNextEntry(new JarEntry(entry.getName()));
    try (InputStream in = from.getInputStream(entry)) {
      if (components.contains(entry.getName())) to.write(broken(in.readAllBytes(), failure.orElseThrow()));
      else in.transferTo(to);
    }
    to.closeEntry();
  }

  /** Constructors that throw before they call another. */
  private static byte[] broken(byte[] type, String message) {
    ClassDesc thrown = ClassDesc.of("java.lang.IllegalStateException");
    MethodTransform throwing = (method, element) -> {
      if (!(element instanceof CodeModel)) method.with(element);
      else method.withCode(code -> code.new_(thrown).dup().ldc(message)
          .invokespecial(thrown, ConstantDescs.INIT_NAME, MethodTypeDesc.of(ConstantDescs.CD_void, CD_String)).athrow());
    };
    ClassFile classes = ClassFile.of();
    return classes.transformClass(classes.parse(type),
        ClassTransform.transformingMethods(m -> m.methodName().equalsString(ConstantDescs.INIT_NAME), throwing));
  }
}
