package io.gantry.checks;

import java.lang.classfile.Signature;
import java.lang.constant.ClassDesc;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Generic types as Java writes them, with simple names for the JDK's common ones and ours in full. */
final class Signatures {
  private Signatures() {}

  static String text(Signature s) {
    return switch (s) {
      case Signature.BaseTypeSig b -> ClassDesc.ofDescriptor(b.signatureString()).displayName();
      case Signature.ArrayTypeSig a -> text(a.componentSignature()) + "[]";
      case Signature.TypeVarSig v -> v.identifier();
      case Signature.ClassTypeSig c -> c.outerType().map(o -> text(o) + ".").orElse("") + name(c) + arguments(c);
    };
  }

  static String parameters(List<Signature.TypeParam> all) {
    if (all.isEmpty()) return "";
    return all.stream().map(p -> {
      String bounds = Stream.concat(p.classBound().stream(), p.interfaceBounds().stream()).map(Signatures::text)
          .filter(t -> !t.equals("Object")).collect(Collectors.joining(" & "));
      return p.identifier() + (bounds.isEmpty() ? "" : " extends " + bounds);
    }).collect(Collectors.joining(", ", "<", "> "));
  }

  private static String name(Signature.ClassTypeSig c) {
    String full = c.className().replace('/', '.');
    return full.startsWith("java.lang.") || full.startsWith("java.util.") ? full.substring(full.lastIndexOf('.') + 1) : full;
  }

  private static String arguments(Signature.ClassTypeSig c) {
    if (c.typeArgs().isEmpty()) return "";
    return c.typeArgs().stream().map(a -> switch (a) {
      case Signature.TypeArg.Unbounded _ -> "?";
      case Signature.TypeArg.Bounded b -> switch (b.wildcardIndicator()) {
        case NONE -> text(b.boundType());
        case EXTENDS -> "? extends " + text(b.boundType());
        case SUPER -> "? super " + text(b.boundType());
      };
    }).collect(Collectors.joining(", ", "<", ">"));
  }
}
