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
  }

  @Test
  void aChangeIsNoNewActivation() throws IOException {
    try (InputStream in = UnpackService.class.getResourceAsStream("/OSGI-INF/" + UnpackService.class.getName() + ".xml")) {
      String component = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(component.contains("modified=\"modified\""), component);
    }
  }
}
