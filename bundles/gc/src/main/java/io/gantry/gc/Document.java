package io.gantry.gc;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.service.record.Table.Place;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A record as it is on disk. One that is empty, cut, or without something that has been written with each record from the first version on
 * is damaged: it must not be taken for one that refers to nothing.
 */
final class Document {
  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
      DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
  private final String name;
  private final JsonNode root;

  /** @throws CorruptException it is not one JSON object and nothing else, with labels and times */
  Document(Thing.Kind kind, Place place, byte[] json) throws CorruptException {
    this.name = kind.table() + " " + place.namespace() + "/" + place.id();
    try {
      this.root = JSON.readTree(json);
    } catch (IOException e) {
      throw damaged("one JSON object", json.length + " bytes that are none: " + e.getMessage());
    }
    if (!root.isObject()) throw damaged("one JSON object", json.length + " bytes that are none");
    for (JsonNode label : object("labels")) if (!label.isTextual()) throw damaged("labels that are texts", label.toString());
    text("created");
    text("updated");
  }

  /** @param expected of the record, which has {@code found} instead */
  CorruptException damaged(String expected, String found) {
    return new CorruptException("the record " + name
        + " is damaged, so what it refers to is not known and nothing is collected; restore it,"
        + " or remove it and make it again", expected, found);
  }

  private CorruptException without(String expected, JsonNode found) {
    return damaged(expected, found.isMissingNode() ? "nothing" : found.toString());
  }

  JsonNode labels() {
    return root.get("labels");
  }

  boolean has(String field) {
    return root.has(field);
  }

  JsonNode object(String field) throws CorruptException {
    JsonNode n = root.path(field);
    if (!n.isObject()) throw without("an object '" + field + "'", n);
    return n;
  }

  /** How many there are in an array. */
  int count(String field) throws CorruptException {
    JsonNode n = root.path(field);
    if (!n.isArray()) throw without("an array '" + field + "'", n);
    return n.size();
  }

  /** Perhaps empty. */
  String text(String field) throws CorruptException {
    JsonNode n = root.path(field);
    if (!n.isTextual()) throw without("a text '" + field + "'", n);
    return n.textValue();
  }

  String name(String field) throws CorruptException {
    String name = text(field);
    if (name.isEmpty()) throw damaged("a name '" + field + "'", "an empty text");
    return name;
  }

  long number(String field) throws CorruptException {
    JsonNode n = root.path(field);
    if (!n.canConvertToLong() || !n.isIntegralNumber()) throw without("a number '" + field + "'", n);
    return n.longValue();
  }

  /** The end of what lasts so long from a time on that only some records have. */
  Optional<Instant> end(String field, Duration lasting) throws CorruptException {
    if (!root.has(field)) return Optional.empty();
    String text = text(field);
    try {
      return Optional.of(Instant.parse(text).plus(lasting));
    } catch (DateTimeException e) {
      throw damaged("a time '" + field + "'", text);
    }
  }

  /** The digest of a descriptor. */
  String digest(String field) throws CorruptException {
    return digest(field + ".digest", object(field).path("digest").asText());
  }

  /** @param what has it */
  String digest(String what, String text) throws CorruptException {
    try {
      return Digest.parse(text).toString();
    } catch (IllegalArgumentException e) {
      throw damaged("a digest as " + what, "'" + text + "'");
    }
  }
}
