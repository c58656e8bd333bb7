package io.gantry.deploy;

import io.gantry.api.InvalidException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.osgi.framework.Bundle;

/**
 * What keys a component takes, from the metatype documents of all installed bundles. Several builds of a driver may stand side by side:
 * a key is known if one of them knows it, and what is known of it is what the last one says.
 */
final class Schema {
  private record Attribute(String id, String type, boolean many, String min, String max, String fallback, List<String> options) {
    /** Metatype has no such type: a text whose bound is a time is one. */
    boolean time() {
      return type.equals("String") && (Time.of(min).isPresent() || Time.of(max).isPresent());
    }

    /** How a value compares with a bound; 0 where there is none, or what another's metatype has there is no such value. */
    int above(String value, String bound) {
      if (time()) return Time.of(bound).map(Time.of(value).orElseThrow()::compareTo).orElse(0);
      if (Schema.type(this) == String.class || Schema.type(this) == Boolean.class) return 0;
      try {
        return new BigDecimal(value).compareTo(new BigDecimal(bound));
      } catch (NumberFormatException e) {
        return 0;
      }
    }
  }

  private final Map<String, Map<String, Attribute>> byPid = new TreeMap<>();
  private final Set<String> singles = new TreeSet<>();
  private final Set<String> factories = new TreeSet<>();
  private final Supplier<Set<String>> undescribed;

  /** @param undescribed PIDs of components besides, whose keys are in no metatype document; asked for only where none knows a PID */
  private Schema(Supplier<Set<String>> undescribed) {
    this.undescribed = undescribed;
  }

  static Schema of(Bundle... bundles) {
    Schema all = new Schema(() -> Components.pids(bundles));
    for (Bundle b : bundles) {
      Enumeration<String> paths = b.getState() == Bundle.UNINSTALLED ? null : b.getEntryPaths("OSGI-INF/metatype");
      for (String path : paths == null ? List.<String>of() : Collections.list(paths)) {
        if (path.endsWith(".xml")) all.add(b, path);
      }
    }
    return all;
  }

  private void add(Bundle b, String path) {
    URL url = b.getEntry(path);
    try (InputStream in = url.openStream()) {
      read(reader(in));
    } catch (IOException | XMLStreamException e) {
      org.slf4j.LoggerFactory.getLogger(Schema.class).warn("{} of bundle {} cannot be read: its keys are not checked", path, b, e);
    }
  }

  static XMLStreamReader reader(InputStream in) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    return factory.createXMLStreamReader(in);
  }

  private void read(XMLStreamReader xml) throws XMLStreamException {
    Map<String, Map<String, Attribute>> definitions = new LinkedHashMap<>();
    Map<String, Attribute> current = new LinkedHashMap<>();
    List<String> options = new ArrayList<>();
    String pid = "";
    while (xml.hasNext()) {
      if (xml.next() != XMLStreamConstants.START_ELEMENT) continue;
      switch (xml.getLocalName()) {
        case "OCD" -> definitions.put(text(xml, "id"), current = new LinkedHashMap<>());
        case "AD" -> current.put(text(xml, "id"), new Attribute(text(xml, "id"), text(xml, "type"), many(xml), text(xml, "min"),
            text(xml, "max"), text(xml, "default"),
            options = new ArrayList<>()));
        case "Option" -> options.add(text(xml, "value"));
        case "Designate" -> {
          pid = text(xml, "pid") + text(xml, "factoryPid");
          (text(xml, "pid").isEmpty() ? factories : singles).add(pid);
        }
        case "Object" -> byPid.computeIfAbsent(pid, p -> new TreeMap<>()).putAll(definitions.getOrDefault(text(xml, "ocdref"), Map.of()));
        default -> {}
      }
    }
  }

  static String text(XMLStreamReader xml, String attribute) {
    String value = xml.getAttributeValue(null, attribute);
    return value == null ? "" : value;
  }

  private static boolean many(XMLStreamReader xml) {
    String value = text(xml, "cardinality");
    return !value.isEmpty() && !value.equals("0");
  }

  boolean describes(String pid) {
    return byPid.containsKey(pid);
  }

  /**
   * Whether some component is configured by such a file. A driver whose metatype does not say that it has instances has them all the same.
   *
   * @param instance whether the file is one instance's
   */
  boolean takes(String pid, boolean instance) {
    if (!describes(pid)) return undescribed.get().contains(pid);
    return instance ? factories.contains(pid) || singles.contains(pid) && pid.contains(".") : singles.contains(pid);
  }

  /** What a component takes where a key is not given; empty where that is not known. */
  String fallback(String pid, String key) {
    Attribute a = byPid.getOrDefault(pid, Map.of()).get(key);
    return a == null ? "" : a.fallback();
  }

  /** PIDs that have one file, and take a key. */
  Set<String> singles() {
    return singles.stream().filter(pid -> !byPid.getOrDefault(pid, Map.of()).isEmpty()).collect(Collectors.toCollection(TreeSet::new));
  }

  /** PIDs that have a file for each instance. */
  Set<String> factories() {
    return Collections.unmodifiableSet(factories);
  }

  /**
   * The values of a file in the types that the component declares; as text where no bundle describes it.
   *
   * @throws InvalidException a key is not known, or its value is not of its type or out of its bounds; the message names file, line and key
   */
  Map<String, Object> typed(ConfigFile file) throws InvalidException {
    Map<String, Attribute> known = byPid.get(file.pid());
    Map<String, Object> all = new LinkedHashMap<>();
    for (Map.Entry<String, String> e : file.values().entrySet()) {
      String key = e.getKey();
      Attribute a = known == null ? null : known.get(key);
      if (known != null && a == null && !key.startsWith("gantry.")) {
        throw new InvalidException(file.where(key) + " is not known; " + (known.isEmpty() ? file.pid() + " takes no keys"
            : "known are " + String.join(", ", new TreeSet<>(known.keySet()))));
      }
      all.put(key, a == null ? e.getValue() : typed(a, e.getValue(), file));
    }
    return all;
  }

  private static Object typed(Attribute a, String value, ConfigFile file) throws InvalidException {
    if (!a.many()) return one(a, value, file);
    List<Object> parts = new ArrayList<>();
    for (String part : value.isEmpty() ? List.<String>of() : Arrays.asList(value.split(",", -1))) parts.add(one(a, part.strip(), file));
    Object array = java.lang.reflect.Array.newInstance(type(a), parts.size());
    for (int i = 0; i < parts.size(); i++) java.lang.reflect.Array.set(array, i, parts.get(i));
    return array;
  }

  private static Class<?> type(Attribute a) {
    return switch (a.type()) {
      case "Integer" -> Integer.class;
      case "Long" -> Long.class;
      case "Short" -> Short.class;
      case "Byte" -> Byte.class;
      case "Double" -> Double.class;
      case "Float" -> Float.class;
      case "Boolean" -> Boolean.class;
      default -> String.class;
    };
  }

  private static Object one(Attribute a, String value, ConfigFile file) throws InvalidException {
    if (!a.options().isEmpty() && !a.options().contains(value)) {
      throw new InvalidException(file.where(a.id()) + " = '" + value + "' is none of " + String.join(", ", a.options()));
    }
    if (a.time() && Time.of(value).isEmpty()) {
      throw new InvalidException(file.where(a.id()) + " = '" + value + "' is not a time: expected " + Time.FORM);
    }
    Object typed;
    try {
      typed = switch (a.type()) {
        case "Integer" -> Integer.valueOf(value);
        case "Long" -> Long.valueOf(value);
        case "Short" -> Short.valueOf(value);
        case "Byte" -> Byte.valueOf(value);
        case "Double" -> new BigDecimal(value).doubleValue();
        case "Float" -> new BigDecimal(value).floatValue();
        case "Boolean" -> truth(value);
        default -> value;
      };
    } catch (IllegalArgumentException e) {
      throw new InvalidException(file.where(a.id()) + " = '" + value + "' is not a" + article(a.type()), e);
    }
    if (a.above(value, a.min()) < 0 || a.above(value, a.max()) > 0) {
      throw new InvalidException(file.where(a.id()) + " = '" + value + "' is out of bounds: expected"
          + (a.min().isEmpty() ? "" : " at least " + a.min()) + (a.max().isEmpty() ? "" : " at most " + a.max()));
    }
    return typed;
  }

  private static Boolean truth(String value) {
    if (!value.equals("true") && !value.equals("false")) throw new IllegalArgumentException("neither true nor false");
    return Boolean.valueOf(value);
  }

  private static String article(String type) {
    return switch (type) {
      case "Integer", "Long", "Short", "Byte" -> " whole number";
      case "Boolean" -> " truth value: true or false";
      default -> " number";
    };
  }
}
