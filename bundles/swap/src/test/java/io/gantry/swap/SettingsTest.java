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
    assertEquals(Duration.ofDays(1), Settings.parse("1s", "1s", Settings.MOST).call());
  }

  /** Without any time at all, every call would fail at once; as nanoseconds, a very long one is no number. */
  @ParameterizedTest
  @ValueSource(strings = {"soon", "0s", "000ms", "5", "-1s", "", "1441m", "86401s", "999999999m"})
  void aWrongTimeNamesItsKey(String text) {
    String expected = " = '" + text + "' in swap.cfg: expected a time above 0 such as 500ms, 30s or 2m, at most 1440m";
    assertEquals("replacement.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse(text, "1s", "1s")).getMessage());
    assertEquals("drain.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse("1s", text, "1s")).getMessage());
    assertEquals("call.timeout" + expected,
        assertThrows(IllegalArgumentException.class, () -> Settings.parse("1s", "1s", text)).getMessage());
  }
}
