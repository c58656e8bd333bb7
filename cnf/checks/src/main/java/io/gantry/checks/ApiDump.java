package io.gantry.checks;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassSignature;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodSignature;
import java.lang.classfile.Signature;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that the exported packages show, one sorted text per package in {@code cnf/api/}, so that a change of a contract is seen as such in
 * the history. {@code cnf/run/api} writes the texts anew.
 */
final class ApiDump {
  private static final Set<AccessFlag> SAID = Set.of(AccessFlag.STATIC, AccessFlag.FINAL, AccessFlag.ABSTRACT, AccessFlag.PROTECTED);

  private ApiDump() {}

  /** Writes the texts of the checkout that is given, the current folder by default. */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args.length == 0 ? "." : args[0]);
    Path folder = Files.createDirectories(root.resolve("cnf/api"));
    TreeMap<String, String> now = dump(Bundle.all(root));
    for (Path old : texts(folder)) if (!now.containsKey(old.getFileName().toString())) Files.delete(old);
    for (var e : now.entrySet()) Files.writeString(folder.resolve(e.getKey()), e.getValue());
    System.out.println(now.size() + " packages in " + folder);
  }

  static List<Finding> check(Path folder, List<Bundle> bundles) throws IOException {
    var all = new ArrayList<Finding>();
    TreeMap<String, String> now = dump(bundles);
    for (var e : now.entrySet()) {
      Path file = folder.resolve(e.getKey());
      if (!Files.exists(file)) {
        all.add(new Finding(e.getKey(), "the package is new"));
        continue;
      }
      List<String> old = members(Files.readString(file));
      List<String> code = members(e.getValue());
      code.stream().filter(l -> !old.contains(l)).forEach(l -> all.add(new Finding(e.getKey(), "new in code: " + l)));
      old.stream().filter(l -> !code.contains(l)).forEach(l -> all.add(new Finding(e.getKey(), "no more in code: " + l)));
    }
    for (Path p : texts(folder)) {
      if (!now.containsKey(p.getFileName().toString())) all.add(new Finding(p.getFileName().toString(), "the package is no more exported"));
    }
    return all;
  }

  /** The lines of a dump, each member behind its type. */
  private static List<String> members(String text) {
    var all = new ArrayList<String>();
    String type = "";
    for (String line : text.lines().filter(l -> !l.isBlank()).toList()) {
      if (!line.startsWith(" ")) type = line;
      all.add(line.startsWith(" ") ? type.replaceAll("^.*?(io\\.gantry[\\w.$]*).*$", "$1") + " " + line.strip() : line);
    }
    return all;
  }

  private static List<Path> texts(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return List.of();
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(p -> p.toString().endsWith(".txt")).sorted().toList();
    }
  }

  /** File name and text of each package. */
  static TreeMap<String, String> dump(List<Bundle> bundles) throws IOException {
    var all = new TreeMap<String, String>();
    for (Bundle b : bundles) {
      if (!Exports.EXPORTERS.contains(b.name())) continue;
      TreeMap<String, String> exports = Exports.of(b);
      var types = new TreeMap<String, TreeSet<String>>();
      for (ClassModel c : b.classes()) {
        String name = Uses.packageOf(c.thisClass().asInternalName()).replace('/', '.');
        if (exports.containsKey(name) && visible(c)) types.computeIfAbsent(name, k -> new TreeSet<>()).add(type(c));
      }
      exports.forEach((name, version) -> {
        String text = String.join("\n", types.getOrDefault(name, new TreeSet<>()));
        all.put(name + ".txt", "package " + name + " " + version + "\n" + (text.isEmpty() ? "" : "\n") + text);
      });
    }
    return all;
  }

  private static boolean visible(ClassModel c) {
    boolean inner = c.findAttribute(Attributes.innerClasses()).stream().flatMap(a -> a.classes().stream())
        .filter(i -> i.innerClass().equals(c.thisClass())).anyMatch(i -> i.has(AccessFlag.PRIVATE) || i.innerName().isEmpty());
    return c.flags().has(AccessFlag.PUBLIC) && !inner;
  }

  private static String type(ClassModel c) {
    var members = new TreeSet<String>();
    for (FieldModel f : c.fields()) {
      Set<AccessFlag> flags = f.flags().flags();
      if (shown(flags)) members.add("  field " + flags(flags) + f.fieldName() + ": " + fieldType(f) + constant(f) + "\n");
    }
    for (MethodModel m : c.methods()) {
      if (shown(m.flags().flags())) members.add("  " + flags(m.flags().flags()) + method(m) + "\n");
    }
    String notes = c.findAttribute(Attributes.runtimeInvisibleAnnotations()).stream().flatMap(a -> a.annotations().stream())
        .map(a -> a.classSymbol().displayName()).filter(n -> n.endsWith("Type")).map(n -> "@" + n + " ").collect(Collectors.joining());
    String sealed = c.findAttribute(Attributes.permittedSubclasses()).map(p -> " permits " + p.permittedSubclasses().stream()
        .map(s -> s.asInternalName().replace('/', '.')).sorted().collect(Collectors.joining(", "))).orElse("");
    return notes + kind(c) + " " + Edges.name(c) + parents(c) + sealed + "\n" + String.join("", members);
  }

  private static String kind(ClassModel c) {
    if (c.flags().has(AccessFlag.ANNOTATION)) return "annotation";
    if (c.flags().has(AccessFlag.INTERFACE)) return "interface";
    if (c.flags().has(AccessFlag.ENUM)) return "enum";
    if (c.findAttribute(Attributes.record()).isPresent()) return "record";
    return flags(c.flags().flags()) + "class";
  }

  private static String parents(ClassModel c) {
    ClassSignature s = c.findAttribute(Attributes.signature()).map(a -> a.asClassSignature()).orElseGet(() -> ClassSignature.of(
        Signature.ClassTypeSig.of(c.superclass().orElseThrow().asSymbol()),
        c.interfaces().stream().map(i -> Signature.ClassTypeSig.of(i.asSymbol())).toArray(Signature.ClassTypeSig[]::new)));
    String all = Stream.concat(Stream.of(s.superclassSignature()), s.superinterfaceSignatures().stream()).map(Signatures::text)
        .filter(t -> !Set.of("Object", "Record").contains(t)).collect(Collectors.joining(", "));
    return Signatures.parameters(s.typeParameters()).stripTrailing() + (all.isEmpty() ? "" : " extends " + all);
  }

  private static String method(MethodModel m) {
    MethodSignature s = m.findAttribute(Attributes.signature()).map(a -> a.asMethodSignature())
        .orElseGet(() -> MethodSignature.of(m.methodTypeSymbol()));
    String arguments = s.arguments().stream().map(Signatures::text).collect(Collectors.joining(", "));
    String thrown = s.throwableSignatures().isEmpty()
        ? m.findAttribute(Attributes.exceptions()).stream().flatMap(a -> a.exceptions().stream())
            .map(e -> Signatures.text(Signature.of(e.asSymbol()))).sorted().collect(Collectors.joining(", "))
        : s.throwableSignatures().stream().map(Signatures::text).sorted().collect(Collectors.joining(", "));
    return Signatures.parameters(s.typeParameters()) + m.methodName() + "(" + arguments + "): " + Signatures.text(s.result())
        + (thrown.isEmpty() ? "" : " throws " + thrown);
  }

  private static String fieldType(FieldModel f) {
    return f.findAttribute(Attributes.signature()).map(a -> Signatures.text(a.asTypeSignature()))
        .orElseGet(() -> Signatures.text(Signature.of(f.fieldTypeSymbol())));
  }

  private static String constant(FieldModel f) {
    return f.findAttribute(Attributes.constantValue()).map(v -> " = " + v.constant().constantValue()).orElse("");
  }

  private static boolean shown(Set<AccessFlag> flags) {
    boolean open = flags.contains(AccessFlag.PUBLIC) || flags.contains(AccessFlag.PROTECTED);
    return open && !flags.contains(AccessFlag.SYNTHETIC) && !flags.contains(AccessFlag.BRIDGE);
  }

  private static String flags(Set<AccessFlag> flags) {
    return flags.stream().filter(SAID::contains).map(f -> f.name().toLowerCase(Locale.ROOT) + " ").sorted().collect(Collectors.joining());
  }
}
