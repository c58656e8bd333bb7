package io.gantry.oci.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as maps, lists, strings, numbers, booleans and null. No data binding: a shared binder would remember the classes of a bundle that
 * was replaced (jackson-databind#1363), and so would interned names or a buffer kept per thread.
 */
public final class Json {
  /** What a document from outside may take, the spec of a container too; registries and containerd keep about the same. */
  public static final int MAX_BYTES = 4 << 20;

  private static final int MAX_DEPTH = 64;
  private static final JsonFactory FACTORY = factory(MAX_BYTES);
  /** For what was written here, whatever its size. */
  private static final JsonFactory OWN = factory(Integer.MAX_VALUE);

  private Json() {}

  private static JsonFactory factory(int maxString) {
    return new JsonFactoryBuilder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxStringLength(maxString).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
        .build();
  }

  /**
   * Reads a document whole: no duplicate keys, nothing behind its end, at most 64 levels.
   *
   * @param what names the document in messages, e.g. {@code manifest sha256:…}
   * @throws InvalidException it is no JSON; the message says where it goes wrong
   * @throws ExhaustedException it is larger than {@code maxBytes}
   */
  public static Object parse(byte[] bytes, int maxBytes, String what) throws InvalidException, ExhaustedException {
    if (bytes.length > maxBytes) {
      throw new ExhaustedException(what + " takes " + bytes.length + " bytes, at most " + maxBytes + " are read");
    }
    try {
      return read(FACTORY, bytes, what);
    } catch (InvalidException e) {
      throw e;
    } catch (IOException e) {
      throw new InvalidException(what + " is not JSON: " + Excerpt.oneLine(e.getMessage()) + Excerpt.of(bytes), e);
    }
  }

  private static Object read(JsonFactory factory, byte[] bytes, String what) throws IOException {
    try (JsonParser in = factory.createParser(bytes)) {
      in.nextToken();
      Object value = value(in);
      if (in.nextToken() != null) throw new InvalidException(what + " has something behind its end");
      return value;
    }
  }

  /** A document that was written here, of any size. @throws IOException it is none */
  static Object own(byte[] bytes) throws IOException {
    return read(OWN, bytes, "it");
  }

  /** A document that is an object, of at most {@link #MAX_BYTES}. */
  public static JsonObject object(byte[] bytes, String what) throws InvalidException, ExhaustedException {
    return object(bytes, MAX_BYTES, what);
  }

  /** A document that is an object, of at most {@code maxBytes}. */
  public static JsonObject object(byte[] bytes, int maxBytes, String what) throws InvalidException, ExhaustedException {
    if (parse(bytes, maxBytes, what) instanceof Map<?, ?> map) return JsonObject.of(map, what);
    throw new InvalidException(what + " is not a JSON object" + Excerpt.of(bytes));
  }

  /** Compact bytes of maps, iterables, strings, numbers, booleans and null, in their order. */
  public static byte[] bytes(Object value) {
    return write(value, false);
  }

  /** The same indented, for people. */
  public static byte[] pretty(Object value) {
    return write(value, true);
  }

  private static Object value(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == null) throw new InvalidException("nothing there");
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
          String key = in.currentName();
          in.nextToken();
          map.put(key, value(in));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) list.add(value(in));
        yield list;
      }
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> in.getNumberValue() instanceof BigInteger big ? big : (Object) in.getLongValue();
      case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new InvalidException("unexpected " + token);
    };
  }

  private static byte[] write(Object value, boolean indent) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      if (indent) {
        DefaultIndenter spaces = new DefaultIndenter("  ", "\n");
        out.setPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(spaces).withArrayIndenter(spaces));
      }
      write(out, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator out, Object value) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case JsonObject o -> write(out, o.asMap());
      case Map<?, ?> map -> {
        out.writeStartObject();
        for (var e : map.entrySet()) {
          out.writeFieldName(e.getKey().toString());
          write(out, e.getValue());
        }
        out.writeEndObject();
      }
      case Iterable<?> list -> {
        out.writeStartArray();
        for (Object o : list) write(out, o);
        out.writeEndArray();
      }
      case CharSequence s -> out.writeString(s.toString());
      case Boolean b -> out.writeBoolean(b);
      case BigInteger n -> out.writeNumber(n);
      case Double d -> out.writeNumber(d);
      case Float f -> out.writeNumber(f);
      case Number n -> out.writeNumber(n.longValue());
      default -> throw new IllegalArgumentException("no JSON for a " + value.getClass().getName());
    }
  }
}
