package io.gantry.records;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Typed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The form of records on disk. Tree model only: a field that is not known is kept out, one that is missing has its default. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
      DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** @throws CorruptException it is not one JSON object and nothing else */
  static JsonNode parse(String what, byte[] json) throws CorruptException {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw damaged(what, "one JSON object", e.getOriginalMessage());
    } catch (IOException e) {
      throw damaged(what, "one JSON object", e.getMessage());
    }
    if (!node.isObject()) throw damaged(what, "one JSON object", json.length + " bytes that are none");
    return node;
  }

  static CorruptException damaged(String what, String expected, String found) {
    return new CorruptException("the record of " + what + " is damaged; remove it by its whole name, and make it again", expected, found);
  }

  static void labels(ObjectNode to, Map<String, String> labels) {
    ObjectNode o = to.putObject("labels");
    new TreeMap<>(labels).forEach(o::put);
  }

  static Map<String, String> labels(JsonNode from) {
    var all = new TreeMap<String, String>();
    from.path("labels").properties().forEach(e -> all.put(e.getKey(), e.getValue().asText()));
    return all;
  }

  static void time(ObjectNode to, String field, Instant time) {
    to.put(field, time.toString());
  }

  static Instant time(JsonNode from, String field) {
    return Instant.parse(from.path(field).asText("1970-01-01T00:00:00Z"));
  }

  static void typed(ObjectNode to, String field, Typed t) {
    to.putObject(field).put("typeUrl", t.typeUrl()).put("value", Base64.getEncoder().encodeToString(t.value()));
  }

  static Typed typed(JsonNode t) {
    return new Typed(t.path("typeUrl").asText(), Base64.getDecoder().decode(t.path("value").asText()));
  }

  static void descriptor(ObjectNode to, String field, Descriptor d) {
    ObjectNode o = to.putObject(field).put("mediaType", d.mediaType()).put("digest", d.digest().toString()).put("size", d.size());
    if (!d.annotations().isEmpty()) {
      ObjectNode a = o.putObject("annotations");
      new TreeMap<>(d.annotations()).forEach(a::put);
    }
    d.platform().ifPresent(p -> o.put("platform", p.toString()));
    if (!d.urls().isEmpty()) d.urls().forEach(o.putArray("urls")::add);
  }

  static Descriptor descriptor(JsonNode o) {
    var annotations = new TreeMap<String, String>();
    o.path("annotations").properties().forEach(e -> annotations.put(e.getKey(), e.getValue().asText()));
    List<String> urls = new ArrayList<>();
    o.path("urls").forEach(u -> urls.add(u.asText()));
    Optional<Platform> platform = o.has("platform") ? Optional.of(Platform.parse(o.get("platform").asText())) : Optional.empty();
    return new Descriptor(o.path("mediaType").asText(), Digest.parse(o.path("digest").asText()), o.path("size").asLong(), annotations,
        platform, urls);
  }
}
