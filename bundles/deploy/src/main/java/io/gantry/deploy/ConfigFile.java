package io.gantry.deploy;

import io.gantry.api.InvalidException;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of {@code config/}: {@code <pid>.cfg} for a component, {@code <pid>~<name>.cfg} for an instance. UTF-8 lines {@code key = value};
 * empty lines and lines that begin with {@code #} say nothing. A value ends with its line; a list is separated by commas.
 *
 * @param name of the file
 * @param pid what is configured
 * @param instance its name, where there can be several
 * @param values by key
 * @param lines of the keys, from 1
 */
record ConfigFile(String name, String pid, Optional<String> instance, Map<String, String> values, Map<String, Integer> lines) {
  static final String ENDING = ".cfg";
  /** The PID of a file that the launcher reads, who has other rules for its keys, and is no bundle. */
  static final String LOGGING = "logging";
  private static final int MOST_BYTES = 1 << 20;
  private static final Pattern NAME = Pattern.compile(
      "([A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*)(?:~([A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*))?\\.cfg");
  /** One dot: a PID of several is the name of some other component, as {@code org.example.Thing}. */
  private static final Pattern DRIVER = Pattern.compile("([a-z][a-z0-9]*)\\.[^.~]+~(.+)\\.cfg");
  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*(?:[._-][a-zA-Z0-9]+)*");

  /** Whether a file of this name is one, or may be meant as one; others (editors' copies, half-written ones) are left alone. */
  static boolean isMeant(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(ENDING) && !name.startsWith(".") && !name.equals(LOGGING + ENDING);
  }

  /** A name in parts: PID, and instance or null; if it does not match, the file is none. */
  static Matcher parts(String name) {
    return NAME.matcher(name);
  }

  /** One of a component that is not there: its defaults are all it has. */
  static ConfigFile absent(String pid) {
    return new ConfigFile(pid + ENDING, pid, Optional.empty(), Map.of(), Map.of());
  }

  /** @throws InvalidException it is no file, or a line is wrong; the message names file, line and key */
  static ConfigFile read(Path file) throws IOException {
    String name = file.getFileName().toString();
    Matcher m = parts(name);
    if (!m.matches()) throw new InvalidException(name + " is not <pid>.cfg or <pid>~<name>.cfg");
    if (!Files.isRegularFile(file)) {
      throw new InvalidException(name + " is no file but a " + (Files.isDirectory(file) ? "folder"
          : Files.isSymbolicLink(file) && !Files.exists(file) ? "link to what is not there" : "pipe, a socket or a device"));
    }
    if (Files.size(file) > MOST_BYTES) throw new InvalidException(name + " is larger than " + MOST_BYTES + " bytes");
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Integer> lines = new LinkedHashMap<>();
    List<String> text;
    try {
      text = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (MalformedInputException e) {
      throw new InvalidException(name + " is not UTF-8 text", e);
    }
    for (int i = 0; i < text.size(); i++) {
      String line = text.get(i).strip();
      if (!line.isEmpty() && line.charAt(0) != '#') add(name + ":" + (i + 1), i + 1, line, values, lines);
    }
    return new ConfigFile(name, m.group(1), Optional.ofNullable(m.group(2)), Collections.unmodifiableMap(values), Map.copyOf(lines));
  }

  private static void add(String where, int number, String line, Map<String, String> values, Map<String, Integer> lines)
      throws InvalidException {
    int equals = line.indexOf('=');
    if (equals < 0) throw new InvalidException(where + ": '" + shown(line) + "' is not key = value");
    String key = line.substring(0, equals).strip();
    if (!KEY.matcher(key).matches()) throw new InvalidException(where + ": '" + shown(key) + "' is not a key: lower case, joined by dots");
    if (key.equals("service.pid") || key.equals("service.factorypid") || key.startsWith("gantry.instance.") || key.equals("gantry.name")
        || key.equals("gantry.kind")) {
      throw new InvalidException(where + ": " + key + " is set by the manager, not by a file");
    }
    if (values.putIfAbsent(key, line.substring(equals + 1).strip()) != null) {
      throw new InvalidException(where + ": " + key + " was given on line " + lines.get(key) + " already");
    }
    lines.put(key, number);
  }

  /** A key or value may be a secret or garbage: a little of it, printable. */
  private static String shown(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", "?");
    return plain.length() <= 40 ? plain : plain.substring(0, 40) + "…";
  }

  /** The driver that a file of this name configures: {@code <kind>.<type>~<name>.cfg}. */
  static Optional<DriverRef> driver(String name) {
    Matcher m = DRIVER.matcher(name);
    return m.matches() && parts(name).matches() ? Optional.of(new DriverRef(m.group(1), m.group(2))) : Optional.empty();
  }

  Optional<DriverRef> driver() {
    return driver(name);
  }

  String where(String key) {
    return name + ":" + lines.get(key) + ": " + key;
  }
}
