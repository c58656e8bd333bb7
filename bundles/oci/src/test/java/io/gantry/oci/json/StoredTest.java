package io.gantry.oci.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.CorruptException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class StoredTest {
  private static final String WHOLE =
      "{\"t\":\"\",\"n\":\"a\",\"i\":7,\"at\":\"2026-01-01T00:00:00Z\",\"o\":{\"k\":\"v\"},\"a\":[\"x\",\"y\"],"
      + "\"b\":true,\"l\":[{\"k\":1},{\"k\":2}],\"newer\":[{}]}";

  private static Stored of(String json) throws CorruptException {
    return Stored.parse("the row is damaged", json.getBytes(StandardCharsets.UTF_8));
  }

  private static void damaged(String message, Executable call) {
    assertEquals("the row is damaged: expected " + message, assertThrows(CorruptException.class, call).getMessage());
  }

  @Test
  void readsWhatIsThereAndPassesOverTheRest() throws Exception {
    Stored s = of(WHOLE);
    assertEquals("", s.text("t"));
    assertEquals("a", s.name("n"));
    assertEquals(7, s.number("i"));
    assertEquals(Instant.parse("2026-01-01T00:00:00Z"), s.value("at", Instant::parse));
    assertEquals(Map.of("k", "v"), s.textMap("o"));
    assertEquals("v", s.object("o").text("k"));
    assertEquals(List.of("x", "y"), s.texts("a"));
    assertTrue(s.flag("b"));
    assertEquals(List.of(1L, 2L), List.of(s.objects("l").get(0).number("k"), s.objects("l").get(1).number("k")));
    assertEquals(Optional.empty(), s.findName("none"));
    assertEquals(Optional.empty(), s.findValue("none", Instant::parse));
    String large = "x".repeat(Json.MAX_BYTES + 1);
    assertEquals(large, of("{\"l\":\"" + large + "\"}").text("l"), "what was written is read, whatever its size");
  }

  @Test
  void whatIsMissingOrAnotherThingIsDamage() throws Exception {
    damaged("a text 'x', found nothing", () -> of("{}").text("x"));
    damaged("a text 'x', found null", () -> of("{\"x\":null}").findName("x"));
    damaged("a name 'x', found an empty text", () -> of("{\"x\":\"\"}").name("x"));
    for (String wrong : List.of("1.5", "-1", "\"1\"", "99999999999999999999")) {
      damaged("a number 'x', found " + wrong, () -> of("{\"x\":" + wrong + "}").number("x"));
    }
    damaged("an object 'x', found []", () -> of("{\"x\":[]}").textMap("x"));
    damaged("a text 'x.k', found 1", () -> of("{\"x\":{\"k\":1}}").textMap("x"));
    damaged("an array of texts 'x', found [1]", () -> of("{\"x\":[1]}").texts("x"));
    damaged("an array 'x', found nothing", () -> of("{}").texts("x"));
    damaged("an array 'x', found nothing", () -> of("{}").objects("x"));
    damaged("an array of objects 'x', found [{},1]", () -> of("{\"x\":[{},1]}").objects("x"));
    damaged("a text 'x[1].k', found nothing", () -> of("{\"x\":[{},{}]}").objects("x").get(1).text("k"));
    damaged("a flag 'x', found \"true\"", () -> of("{\"x\":\"true\"}").flag("x"));
    String late = assertThrows(CorruptException.class, () -> of("{\"x\":\"late\"}").findValue("x", Instant::parse)).getMessage();
    assertTrue(late.startsWith("the row is damaged: expected 'x' that can be read, found 'late' ("), late);
  }

  @Test
  void noPartOfADocumentIsOne() throws Exception {
    byte[] whole = WHOLE.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < whole.length; i++) {
      byte[] part = Arrays.copyOf(whole, i);
      String message = assertThrows(CorruptException.class, () -> Stored.parse("row", part)).getMessage();
      assertTrue(message.startsWith("row: expected one JSON object, found " + i + " bytes that are none"), message);
      assertFalse(message.contains("Exception") || message.contains("REDACTED"), message);
    }
    for (String more : List.of("{}", "}", "\0", "x", " 1")) assertThrows(CorruptException.class, () -> of(WHOLE + more));
    for (String other : List.of("[" + WHOLE + "]", "null", "1", "\"x\"", WHOLE.replaceFirst("\\{", "{\"t\":\"\","))) {
      assertThrows(CorruptException.class, () -> of(other));
    }
    assertThrows(CorruptException.class, () -> Stored.parse("row", new byte[whole.length]));
  }
}
