package io.gantry.records;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.Platform;
import io.gantry.api.Typed;
import io.gantry.oci.json.Stored;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The form of records on disk. A field that is not known is kept out; one that every version has written must be there. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

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

  static void labels(ObjectNode to, Map<String, String> labels) {
    ObjectNode o = to.putObject("labels");
    new TreeMap<>(labels).forEach(o::put);
  }

  /** Keys that a caller made up are as long as those of labels at most, which every reader takes. @param of whose they are */
  static void requireShort(Set<String> keys, String of) throws InvalidException {
    for (String key : keys) {
      int bytes = key.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > Labels.MAX_BYTES) {
        throw new InvalidException(of + " have a key of " + bytes + " bytes, '" + key.substring(0, 40) + "…'; at most " + Labels.MAX_BYTES
            + " are kept");
      }
    }
  }

  static void time(ObjectNode to, String field, Instant time) {
    to.put(field, time.toString());
  }

  static Instant time(Stored from, String field) throws CorruptException {
    return from.value(field, Instant::parse);
  }

  static void typed(ObjectNode to, String field, Typed t) {
    to.putObject(field).put("typeUrl", t.typeUrl()).put("value", Base64.getEncoder().encodeToString(t.value()));
  }

  static Typed typed(Stored from, String field) throws CorruptException {
    Stored t = from.object(field);
    return new Typed(t.text("typeUrl"), t.value("value", Base64.getDecoder()::decode));
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

  static Descriptor descriptor(Stored from, String field) throws CorruptException {
    Stored d = from.object(field);
    Map<String, String> annotations = d.has("annotations") ? d.textMap("annotations") : Map.of();
    List<String> urls = d.has("urls") ? d.texts("urls") : List.of();
    return new Descriptor(d.name("mediaType"), d.value("digest", Digest::parse), d.number("size"), annotations,
        d.findValue("platform", Platform::parse), urls);
  }
}
