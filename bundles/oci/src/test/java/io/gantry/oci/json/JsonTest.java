package io.gantry.oci.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void writesWhatItReads() throws Exception {
    String text =
        "{\"s\":\"straße\\u0000\",\"n\":-12,\"big\":123456789012345678901234567890,\"f\":1.5,\"t\":true,\"z\":null,\"a\":[1,[],{}]}";
    assertEquals(text, new String(Json.bytes(Json.parse(utf8(text), 1000, "it")), StandardCharsets.UTF_8));
  }

  @Test
  void indentsForPeople() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", 1);
    map.put("b", List.of("x"));
    assertEquals("{\n  \"a\" : 1,\n  \"b\" : [\n    \"x\"\n  ]\n}", new String(Json.pretty(map), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{\"a\":1,\"a\":2}", "{\"a\":1}x", "{'a':1}", "[1,]", "nul", "{\"a\":1}{}"})
  void refusesWhatIsNotOneDocument(String text) {
    assertThrows(InvalidException.class, () -> Json.parse(utf8(text), 1000, "it"));
  }

  @Test
  void tellsWhatCameInstead() {
    var e = assertThrows(InvalidException.class, () -> Json.object(utf8("<!DOCTYPE html>\n<html><body>login"), "manifest a/b:c"));
    assertEquals(
        "manifest a/b:c is not JSON: Unexpected character ('<' (code 60)): expected a valid value (JSON String, Number, Array, Object or "
        + "token 'null',"
            + " 'true' or 'false') (it starts with '<!DOCTYPE html>.<html><body>login')",
        e.getMessage());
    assertEquals("it is not a JSON object (it starts with '[1]')",
        assertThrows(InvalidException.class, () -> Json.object(utf8("[1]"), "it")).getMessage());
  }

  @Test
  void boundsSizeAndDepth() {
    assertEquals(
        "it takes 11 bytes, at most 10 are read", assertThrows(ExhaustedException.class, () -> Json.parse(new byte[11], 10, "it"))
        .getMessage());
    assertThrows(InvalidException.class, () -> Json.parse(utf8("[".repeat(100_000)), 1 << 20, "it"));
    assertThrows(InvalidException.class, () -> Json.parse(utf8("[".repeat(65) + "]".repeat(65)), 1 << 20, "it"));
  }

  @Test
  void namesTheKeyThatIsWrong() throws Exception {
    JsonObject o = Json.object(utf8("{\"s\":1,\"n\":\"x\",\"a\":{},\"o\":{\"in\":[{\"x\":true}]},\"null\":null,\"n1\":1.5}"), "it");
    assertEquals("it: 's' is a number, expected a string", assertThrows(InvalidException.class, () -> o.text("s")).getMessage());
    assertEquals("it: 'n' is a string, expected a whole number", assertThrows(InvalidException.class, () -> o.number("n")).getMessage());
    assertEquals("it: 'n1' is a number, expected a whole number", assertThrows(InvalidException.class, () -> o.number("n1")).getMessage());
    assertEquals("it: 'a' is an object, expected an array", assertThrows(InvalidException.class, () -> o.texts("a")).getMessage());
    assertEquals("it has no 'none'", assertThrows(InvalidException.class, () -> o.text("none")).getMessage());
    assertEquals("it has no 'null'", assertThrows(InvalidException.class, () -> o.object("null")).getMessage());
    assertEquals(OptionalLong.empty(), o.findNumber("null"));
    JsonObject deep = o.object("o").objects("in").getFirst();
    assertEquals("it: o: in[0]: 'x' is a boolean, expected a string", assertThrows(InvalidException.class, () -> deep.text("x"))
        .getMessage());
  }
}
