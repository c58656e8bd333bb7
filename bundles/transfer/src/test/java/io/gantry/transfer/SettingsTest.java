package io.gantry.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private static String refused(org.junit.jupiter.api.function.Executable e) {
    return assertThrows(IllegalArgumentException.class, e).getMessage();
  }

  @Test
  void readsTimes() {
    assertEquals(Duration.ofMillis(200), Settings.time("k", "200ms"));
    assertEquals(Duration.ofSeconds(3), Settings.time("k", " 3s "));
    assertEquals(Duration.ofMinutes(5), Settings.time("k", "5 m"));
    assertEquals("retry.first is 'soon', expected a number with ms, s or m", refused(() -> Settings.time("retry.first", "soon")));
  }

  @Test
  void hostsMayHaveResolversOfTheirOwn() {
    assertEquals(Map.of("a.example", "x", "b:5000", "y"), Settings.resolvers("a.example=x, b:5000 = y,"));
    assertEquals(Map.of(), Settings.resolvers(" "));
    for (String wrong : List.of("a", "a=", "=b", "a=b=c", "a=b,a=c")) {
      assertTrue(refused(() -> Settings.resolvers(wrong)).startsWith("resolvers has '"), wrong);
    }
  }

  @Test
  void aHostWithoutOneHasThatOfAll() {
    var settings = new Settings("docker", Map.of("b:5000", "y"), "overlayfs", 1, 1, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    assertEquals(new DriverRef("resolver", "y"), settings.resolver("b:5000"));
    assertEquals(new DriverRef("resolver", "docker"), settings.resolver("b"));
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
    assertEquals("retry.first is 1441m, expected at most 1440m",
        refused(() -> new Settings("docker", "overlayfs", 1, 1, Duration.ofMinutes(1441), Duration.ZERO)));
    assertEquals("retry.longest is 1441m, expected at most 1440m",
        refused(() -> new Settings("docker", "overlayfs", 1, 1, Duration.ofDays(1), Duration.ofMinutes(1441))));
    assertEquals("resume.minutes is 1441, expected 0 to 1440", refused(() -> Settings.defaults().resuming(Duration.ofMinutes(1441))));
    assertEquals("resume.minutes is -1, expected 0 to 1440", refused(() -> Settings.defaults().resuming(Duration.ofMinutes(-1))));
  }

  /** What deploy checks a file against. */
  @ParameterizedTest
  @CsvSource({"downloads, 'min=\"1\" max=\"64\"'", "retries, 'min=\"0\"'", "retry.first, 'min=\"0ms\" max=\"1440m\"'",
      "resume.minutes, 'min=\"0\" max=\"1440\"'", "retry.longest, 'min=\"0ms\" max=\"1440m\"'"})
  void numbersAndTimesDeclareTheirBounds(String key, String bounds) throws IOException {
    String file = "/OSGI-INF/metatype/" + TransferComponent.Config.class.getName() + ".xml";
    try (InputStream in = TransferComponent.class.getResourceAsStream(file)) {
      String metatype = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(metatype.matches("(?s).*<AD id=\"" + key + "\"[^>]* " + bounds + "[^>]*>.*"), metatype);
    }
  }
}
