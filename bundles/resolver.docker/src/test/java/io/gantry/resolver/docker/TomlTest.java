package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TomlTest {
  /** Maps and lists without their lines. */
  static Object plain(Object o) {
    return switch (o) {
      case Toml.Value v -> plain(v.value());
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((k, v) -> copy.put(k, plain(v)));
        yield copy;
      }
      case List<?> list -> {
        List<Object> copy = new ArrayList<>();
        list.forEach(v -> copy.add(plain(v)));
        yield copy;
      }
      default -> o;
    };
  }

  @Test
  void readsWhatHostsFilesHave() throws Exception {
    String text = """
        # a mirror
        server = "https://registry-1.docker.io"   # the origin

        [host."https://mirror.example:5000"]
          capabilities = ["pull", 'resolve']
          skip_verify = true
          client = [
            ["a.pem", "a.key"], # first
            ["b.pem", ""],
          ]
        [host."https://mirror.example:5000".header]
          x-custom = ["one", "two \\"\\u00e4\\t\\\\"]
        [host.'https://second']
          n = -12
          header = { a = "b", "c d" = [] }
          x.y = false
        """;
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("capabilities", List.of("pull", "resolve"));
    first.put("skip_verify", true);
    first.put("client", List.of(List.of("a.pem", "a.key"), List.of("b.pem", "")));
    first.put("header", Map.of("x-custom", List.of("one", "two \"ä\t\\")));
    Map<String, Object> second = Map.of("n", -12L, "header", Map.of("a", "b", "c d", List.of()), "x", Map.of("y", false));
    Map<String, Object> expected =
        Map.of("server", "https://registry-1.docker.io", "host", Map.of("https://mirror.example:5000", first, "https://second", second));
    assertEquals(expected, plain(Toml.parse("f", text)));
    assertEquals(expected, plain(Toml.parse("f", "\ufeff" + text.replace("\n", "\r\n"))));
    assertEquals(Map.of(), Toml.parse("f", ""));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "a = 1\\nb = | f:2: a value was expected, found the end of the file",
    "\\n\\na 1 | f:3: a key is followed by '=', found '1'",
    "a = \"x | f:1: a string has no closing \"",
    "a = \"x\\\\q\" | f:1: unknown escape \\q",
    "a = \"\\\\u12\" | f:1: \\u is followed by four hexadecimal digits",
    "a = 1\\na = 2 | f:2: 'a' stands there twice (first in line 1)",
    "a = 1\\n[a] | f:2: 'a' is a value already (line 1) and cannot be a table too",
    "[a | f:1: the name of a table ends with ']', found the end of the file",
    "[a] b = 1 | f:1: nothing more was expected on this line, found 'b'",
    "[[a]] | f:1: arrays of tables ([[…]]) are not used in this file",
    "a = [1, 2 | f:1: an array goes on with ',' or ends with ']', found the end of the file",
    "a = [1\\n 2] | f:2: an array goes on with ',' or ends with ']', found '2'",
    "a = 1.5 | f:1: '1.5' is no value here: expected a \"string\", true, false, a whole number or an array",
    "a = yes | f:1: 'yes' is no value here: expected a \"string\", true, false, a whole number or an array",
    "a = \"\"\"x\"\"\" | f:1: strings over several lines are not used in this file",
    "a = {b = 1 | f:1: an inline table goes on with ',' or ends with '}', found the end of the file",
    "= 1 | f:1: a key was expected, found '='",
  })
  void saysLineAndWhatIsWrong(String text, String message) {
    String unescaped = text.replace("\\\\", "\u0001").replace("\\n", "\n").replace('\u0001', '\\');
    assertEquals(message, assertThrows(InvalidException.class, () -> Toml.parse("f", unescaped)).getMessage());
  }
}
