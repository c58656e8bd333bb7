package io.gantry.oci.json;

import com.fasterxml.jackson.core.JacksonException;
import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A document that some version of this program wrote, read again. What every version has written must be there and be of its type: a
 * document that is empty, cut or without it is damaged, and never taken for one that says nothing. What is not asked for, as a newer
 * version may have written it, is passed over.
 */
public final class Stored {
  private static final int SHOWN = 60;
  private final Map<?, ?> values;
  private final String message;
  private final String within;

  private Stored(Map<?, ?> values, String message, String within) {
    this.values = values;
    this.message = message;
    this.within = within;
  }

  /**
   * Reads one.
   *
   * @param message of what goes wrong: that it is damaged, which one it is, and what to do
   * @throws CorruptException it is not one JSON object and nothing else
   */
  public static Stored parse(String message, byte[] json) throws CorruptException {
    Object value;
    try {
      value = Json.own(json);
    } catch (JacksonException e) {
      throw notOne(message, json, ": " + Excerpt.oneLine(e.getOriginalMessage()).replaceFirst(" \\(start marker at .*", ""));
    } catch (InvalidException e) {
      throw notOne(message, json, ": " + e.getMessage());
    } catch (IOException e) {
      throw notOne(message, json, ": " + Excerpt.oneLine(e.getMessage()));
    }
    if (value instanceof Map<?, ?> map) return new Stored(map, message, "");
    throw notOne(message, json, "");
  }

  private static CorruptException notOne(String message, byte[] json, String why) {
    return new CorruptException(message, "one JSON object", json.length + " bytes that are none" + why);
  }

  /** @param found instead of what is expected */
  public CorruptException damaged(String expected, String found) {
    return new CorruptException(message, expected, found);
  }

  private CorruptException without(String key, String type) {
    return damaged(type + " '" + within + key + "'", values.containsKey(key) ? start(values.get(key)) : "nothing");
  }

  private static String start(Object value) {
    String text = Excerpt.oneLine(new String(Json.bytes(value), StandardCharsets.UTF_8));
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  public Set<String> keys() {
    var keys = new TreeSet<String>();
    for (Object key : values.keySet()) keys.add((String) key);
    return keys;
  }

  /** Perhaps empty. */
  public String text(String key) throws CorruptException {
    if (values.get(key) instanceof String s) return s;
    throw without(key, "a text");
  }

  /** A text that is not empty. */
  public String name(String key) throws CorruptException {
    String name = text(key);
    if (name.isEmpty()) throw damaged("a name '" + within + key + "'", "an empty text");
    return name;
  }

  /** A text that only some have. */
  public Optional<String> findName(String key) throws CorruptException {
    return has(key) ? Optional.of(name(key)) : Optional.empty();
  }

  /**
   * A text that means something.
   *
   * @param of makes it of the text, or throws IllegalArgumentException or DateTimeException
   */
  public <T> T value(String key, Function<String, T> of) throws CorruptException {
    String text = text(key);
    try {
      return of.apply(text);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw damaged("'" + within + key + "' that can be read", "'" + text + "' (" + Excerpt.oneLine(e.getMessage()) + ")");
    }
  }

  /** The same, of a text that only some have. */
  public <T> Optional<T> findValue(String key, Function<String, T> of) throws CorruptException {
    return has(key) ? Optional.of(value(key, of)) : Optional.empty();
  }

  /** Zero or more. */
  public long number(String key) throws CorruptException {
    if (values.get(key) instanceof Long n && n >= 0) return n;
    throw without(key, "a number");
  }

  public Stored object(String key) throws CorruptException {
    if (values.get(key) instanceof Map<?, ?> map) return new Stored(map, message, within + key + ".");
    throw without(key, "an object");
  }

  /** An object whose values are texts. */
  public Map<String, String> textMap(String key) throws CorruptException {
    Stored object = object(key);
    var all = new TreeMap<String, String>();
    for (String k : object.keys()) all.put(k, object.text(k));
    return all;
  }

  /** True or false. */
  public boolean flag(String key) throws CorruptException {
    if (values.get(key) instanceof Boolean b) return b;
    throw without(key, "a flag");
  }

  /** An array of objects. */
  public List<Stored> objects(String key) throws CorruptException {
    if (!(values.get(key) instanceof List<?> list)) throw without(key, "an array");
    var all = new ArrayList<Stored>(list.size());
    for (Object o : list) {
      if (!(o instanceof Map<?, ?> map)) throw without(key, "an array of objects");
      all.add(new Stored(map, message, within + key + "[" + all.size() + "]."));
    }
    return all;
  }

  /** An array of texts. */
  public List<String> texts(String key) throws CorruptException {
    if (!(values.get(key) instanceof List<?> list)) throw without(key, "an array");
    var all = new ArrayList<String>(list.size());
    for (Object o : list) {
      if (!(o instanceof String s)) throw without(key, "an array of texts");
      all.add(s);
    }
    return all;
  }
}
