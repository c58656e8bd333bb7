package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @Test
  void readsTimes() {
    assertEquals(new Settings(Duration.ofMillis(500), Duration.ofSeconds(3), Duration.ofMinutes(2)),
        Settings.parse("500ms", " 3 s ", "2m"));
  }

  /** Without any time at all, every call would fail at once. */
  @ParameterizedTest
  @ValueSource(strings = {"soon", "0s", "000ms", "5", "-1s", ""})
  void aWrongTimeNamesItsKey(String text) {
    String expected = " = '" + text + "' in swap.cfg: expected a time above 0 such as 500ms, 30s or 2m";
    assertEquals("replacement.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse(text, "1s", "1s")).getMessage());
    assertEquals("drain.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse("1s", text, "1s")).getMessage());
    assertEquals("call.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse("1s", "1s", text)).getMessage());
  }
}
