package io.gantry.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static String refused(org.junit.jupiter.api.function.Executable e) {
    return assertThrows(IllegalArgumentException.class, e).getMessage();
  }

  @Test
  void readsTimes() {
    assertEquals(Duration.ofMillis(200), Settings.time("k", "200ms"));
    assertEquals(Duration.ofSeconds(3), Settings.time("k", " 3s "));
    assertEquals(Duration.ofMinutes(5), Settings.time("k", "5m"));
    assertEquals("retry.first is 'soon', expected a number with ms, s or m", refused(() -> Settings.time("retry.first", "soon")));
  }

  @Test
  void namesTheKeyThatIsWrong() {
    assertEquals(
        "downloads is 0, expected 1 to 64", refused(() -> new Settings("docker", "overlayfs", 0, 1, Duration.ZERO, Duration.ZERO)));
    assertEquals(
        "resolver is empty, expected the name of a driver, e.g. docker",
        refused(() -> new Settings("", "overlayfs", 1, 1, Duration.ZERO, Duration.ZERO)));
    assertEquals("retries is -1, expected 0 or more",
        refused(() -> new Settings("docker", "overlayfs", 1, -1, Duration.ZERO, Duration.ZERO)));
  }
}
