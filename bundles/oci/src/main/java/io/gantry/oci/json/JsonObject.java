package io.gantry.oci.json;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An object of a JSON document from outside, read with care: a value of another type than expected is an {@link InvalidException} that
 * names document and key. A key with the value null counts as absent, as Docker writes them.
 */
public final class JsonObject {
  private final Map<String, Object> values;
  private final String where;

  private JsonObject(Map<String, Object> values, String where) {
    this.values = values;
    this.where = where;
  }

  static JsonObject of(Map<?, ?> map, String where) {
    Map<String, Object> values = new LinkedHashMap<>();
    map.forEach((k, v) -> values.put((String) k, v));
    return new JsonObject(values, where);
  }

  /** Names this object in messages. */
  public String where() {
    return where;
  }

  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  public Map<String, Object> asMap() {
    return Collections.unmodifiableMap(values);
  }

  /** Whether the key is there with a value. */
  public boolean has(String key) {
    return values.get(key) != null;
  }

  public String text(String key) throws InvalidException {
    return findText(key).orElseThrow(() -> missing(key));
  }

  public Optional<String> findText(String key) throws InvalidException {
    Object v = values.get(key);
    if (v == null) return Optional.empty();
    if (v instanceof String s) return Optional.of(s);
    throw wrong(key, v, "a string");
  }

  public long number(String key) throws InvalidException {
    return findNumber(key).orElseThrow(() -> missing(key));
  }

  public OptionalLong findNumber(String key) throws InvalidException {
    Object v = values.get(key);
    if (v == null) return OptionalLong.empty();
    if (v instanceof Long n) return OptionalLong.of(n);
    throw wrong(key, v, "a whole number");
  }

  /** False where absent. */
  public boolean flag(String key) throws InvalidException {
    Object v = values.get(key);
    if (v == null) return false;
    if (v instanceof Boolean b) return b;
    throw wrong(key, v, "true or false");
  }

  public JsonObject object(String key) throws InvalidException {
    return find(key).orElseThrow(() -> missing(key));
  }

  /** The object under a key, where there is one. */
  public Optional<JsonObject> find(String key) throws InvalidException {
    Object v = values.get(key);
    if (v == null) return Optional.empty();
    if (v instanceof Map<?, ?> map) return Optional.of(of(map, where + ": " + key));
    throw wrong(key, v, "an object");
  }

  /** The objects of an array; none where absent. */
  public List<JsonObject> objects(String key) throws InvalidException {
    List<JsonObject> found = new ArrayList<>();
    for (Object o : list(key)) {
      if (!(o instanceof Map<?, ?> map)) throw wrong(key, o, "an array of objects");
      found.add(of(map, where + ": " + key + "[" + found.size() + "]"));
    }
    return found;
  }

  /** The strings of an array; none where absent. */
  public List<String> texts(String key) throws InvalidException {
    List<String> found = new ArrayList<>();
    for (Object o : list(key)) {
      if (!(o instanceof String s)) throw wrong(key, o, "an array of strings");
      found.add(s);
    }
    return found;
  }

  /** An object whose values are strings; empty where absent. */
  public Map<String, String> textMap(String key) throws InvalidException {
    Map<String, String> found = new LinkedHashMap<>();
    Optional<JsonObject> object = find(key);
    if (object.isEmpty()) return found;
    for (String k : object.get().keys()) found.put(k, object.get().findText(k).orElse(""));
    return found;
  }

  /** For a value that is of the right type and wrong in itself. */
  public InvalidException invalid(String key, String why) {
    return new InvalidException(where + ": " + key + " " + why);
  }

  private List<?> list(String key) throws InvalidException {
    Object v = values.get(key);
    if (v == null) return List.of();
    if (v instanceof List<?> list) return list;
    throw wrong(key, v, "an array");
  }

  private InvalidException missing(String key) {
    return new InvalidException(where + " has no '" + key + "'");
  }

  private InvalidException wrong(String key, Object found, String expected) {
    String type = switch (found) {
      case null -> "null";
      case Map<?, ?> _ -> "an object";
      case List<?> _ -> "an array";
      case String _ -> "a string";
      case Boolean _ -> "a boolean";
      default -> "a number";
    };
    return new InvalidException(where + ": '" + key + "' is " + type + ", expected " + expected);
  }
}
