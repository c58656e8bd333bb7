package io.gantry.checks;

import java.io.IOException;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Drivers are lent by {@code swap} and by nobody else (ARCHITECTURE §8): no other bundle references, looks up or tracks a service of a
 * package {@code io.gantry.spi}, or any service by the property that only drivers have. One reference "just here" would pin a driver's
 * object over its replacement. A listener that only counts comings and goings is free: it never has the object.
 */
final class Services {
  private static final String LENDER = "swap";
  private static final Pattern REFERENCE = Pattern.compile("<reference\\b[^>]*>");
  private static final Pattern DRIVER =
      Pattern.compile("interface=\"(io\\.gantry\\.spi\\.[\\w.]+|org\\.osgi\\.service\\.component\\.AnyService)\"");
  private static final Set<String> LOOKUPS =
      Set.of("getServiceReference", "getServiceReferences", "getAllServiceReferences", "createFilter",
          "locateService", "locateServices", "getServiceObjects", "getService");

  /** Those that take a type: it must be named where they are called, or nobody can tell. */
  private static final Set<String> TYPED = Set.of("getServiceReference", "getServiceReferences", "getAllServiceReferences", "<init>");

  private Services() {}

  static List<Finding> check(List<Bundle> bundles) throws IOException {
    var all = new ArrayList<Finding>();
    for (Bundle b : bundles) {
      if (b.name().equals(LENDER)) continue;
      for (Path xml : b.components()) references(b, xml, all);
      for (ClassModel c : b.classes()) {
        for (MethodModel m : c.methods()) if (m.code().isPresent()) lookups(c, m.code().get(), all);
      }
    }
    return all;
  }

  private static void references(Bundle b, Path xml, List<Finding> into) throws IOException {
    Matcher m = REFERENCE.matcher(Files.readString(xml));
    while (m.find()) {
      Matcher driver = DRIVER.matcher(m.group());
      String place = b.name() + "/" + xml.getFileName();
      if (driver.find()) into.add(new Finding(place, "references " + driver.group(1) + ": only swap may; borrow through Drivers.call"));
      else if (m.group().contains("gantry.kind")) into.add(new Finding(place, "references by gantry.kind: only swap may"));
    }
  }

  private static void lookups(ClassModel c, CodeModel code, List<Finding> into) {
    boolean getsObjects = Uses.members(c).contains("org/osgi/framework/BundleContext.getService");
    String type = null;
    String call = null;
    String blind = null;
    boolean named = false;
    for (CodeElement e : code) {
      if (e instanceof ConstantInstruction i) named |= i.constantValue() instanceof ClassDesc || i.constantValue() instanceof String;
      if (e instanceof ConstantInstruction i && i.constantValue() != null) {
        String value = i.constantValue().toString();
        if (value.contains("io.gantry.spi.") || value.contains("Lio/gantry/spi/") || spi(i) || value.contains("gantry.kind=")) type = value;
      }
      if (e instanceof InvokeInstruction i && lookup(i, getsObjects)) {
        call = i.owner().asInternalName().replace('/', '.') + "." + i.name().stringValue();
        if (TYPED.contains(i.name().stringValue())) blind = call;
      }
    }
    if (blind != null && !named) into.add(new Finding(Edges.name(c), "looks up by " + blind + " a type that is not named there"));
    if (type != null && call != null) into.add(new Finding(Edges.name(c), "looks up " + type + " by " + call + ": only swap may"));
  }

  private static boolean spi(ConstantInstruction i) {
    return i.constantValue() instanceof ClassDesc d && d.packageName().startsWith("io.gantry.spi");
  }

  private static boolean lookup(InvokeInstruction i, boolean getsObjects) {
    String owner = i.owner().asInternalName();
    boolean tracker = owner.equals("org/osgi/util/tracker/ServiceTracker") && i.name().equalsString("<init>");
    boolean listens = i.name().equalsString("addServiceListener") && getsObjects;
    return tracker || listens || owner.startsWith("org/osgi/") && LOOKUPS.contains(i.name().stringValue());
  }
}
