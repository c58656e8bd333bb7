package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  /** A configuration that has these keys; the others have their defaults. */
  static UnpackService.Config config(Map<String, ?> given) {
    Class<?> type = UnpackService.Config.class;
    return (UnpackService.Config) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, m, none) -> {
      Object value = given.get(m.getName().replace('_', '.'));
      return value == null ? m.getDefaultValue() : value;
    });
  }

  @Test
  void defaultsAreThoseOfTheConfiguration() {
    assertEquals(Settings.of(config(Map.of())), Settings.defaults());
    assertTrue(Settings.defaults().parallel() >= 2);
  }

  @Test
  void everyKeyIsTaken() {
    Map<String, ?> given = Map.of("parallel", 3, "stalled.seconds", 4, "max.entries", 5L, "max.bytes", 6L, "max.ratio", 7L,
        "max.header.bytes", 8);
    assertEquals(new Settings(3, Duration.ofSeconds(4), new Limits(5, 6, 7, Settings.defaults().limits().ratioFromBytes(), 8)),
        Settings.of(config(given)));
  }

  @Test
  void aWrongValueNamesItsKey() {
    Map<String, ?> wrong = Map.of("parallel", -1, "stalled.seconds", 0, "max.entries", 0L, "max.bytes", -1L, "max.ratio", 0L,
        "max.header.bytes", 0);
    wrong.forEach((key, value) -> {
      var e = assertThrows(IllegalArgumentException.class, () -> Settings.of(config(Map.of(key, value))));
      assertTrue(e.getMessage().startsWith(key + " is " + value + ", expected "), e.getMessage());
    });
    var e = assertThrows(IllegalArgumentException.class, () -> Settings.of(config(Map.of("parallel", 1_000_000))));
    assertEquals("parallel is 1000000, expected 0 to 1024", e.getMessage());
  }

  /** What deploy checks a file against. */
  @ParameterizedTest
  @CsvSource({"parallel, 0, ' max=\"1024\"'", "stalled.seconds, 1, ''", "max.entries, 1, ''", "max.bytes, 1, ''", "max.ratio, 1, ''",
      "max.header.bytes, 1, ''"})
  void everyKeyDeclaresItsBounds(String key, String min, String max) throws IOException {
    try (InputStream in = UnpackService.class.getResourceAsStream("/OSGI-INF/metatype/" + UnpackService.Config.class.getName() + ".xml")) {
      String metatype = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(metatype.matches("(?s).*<AD id=\"" + key + "\"[^>]* min=\"" + min + "\"" + max + "[^>]*>.*"), metatype);
    }
  }

  @Test
  void aChangeIsNoNewActivation() throws IOException {
    try (InputStream in = UnpackService.class.getResourceAsStream("/OSGI-INF/" + UnpackService.class.getName() + ".xml")) {
      String component = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(component.contains("modified=\"modified\""), component);
    }
  }
}
