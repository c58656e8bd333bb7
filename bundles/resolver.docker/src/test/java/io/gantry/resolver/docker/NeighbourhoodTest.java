package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeighbourhoodTest {
  @ParameterizedTest
  @CsvSource({
    "https://203.0.113.5, https://198.51.100.7/token",
    "https://203.0.113.5, https://203.0.113.5:444/token",
    "https://10.1.2.3, https://10.9.9.9/token",
    "https://10.1.2.3, https://203.0.113.5/token",
    "http://127.0.0.1:5000, http://127.0.0.1:5001/token",
    "http://localhost:5000, http://127.0.0.1:5001/token",
    "http://127.0.0.1:5000, https://203.0.113.5/token",
    "https://169.254.1.1, https://169.254.1.1/token",
  })
  void letsThrough(String from, String to) {
    assertDoesNotThrow(() -> Neighbourhood.check(URI.create(from), URI.create(to), "redirects to"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://203.0.113.5, http://198.51.100.7/t, which is plain http",
    "https://203.0.113.5, http://203.0.113.5/t, which is plain http",
    "https://203.0.113.5, http://127.0.0.1/t, which is plain http",
    "http://127.0.0.1:5000, http://10.0.0.1/t, which is plain http",
    "https://203.0.113.5, https://10.0.0.1/t, which is an address inside (private)",
    "https://203.0.113.5, https://192.168.0.1/t, which is an address inside (private)",
    "https://203.0.113.5, https://100.64.0.1/t, which is an address inside (private)",
    "https://203.0.113.5, https://[fd00::1]/t, which is an address inside (private)",
    "https://203.0.113.5, https://127.0.0.1/t, which is an address inside (loopback)",
    "https://203.0.113.5, https://[::1]/t, which is an address inside (loopback)",
    "https://203.0.113.5, https://0.0.0.0/t, which is an address inside (loopback)",
    "https://10.0.0.1, https://127.0.0.1/t, which is an address inside (loopback)",
    "https://203.0.113.5, https://169.254.169.254/t, which is an address inside (link)",
    "http://127.0.0.1:5000, https://169.254.169.254/t, which is an address inside (link)",
    "https://203.0.113.5, https://[::ffff:169.254.169.254]/t, which is an address inside (link)",
    "https://203.0.113.5, ftp://198.51.100.7/t, which is no http or https address",
    "https://203.0.113.5, file:///etc/passwd, which is no http or https address",
  })
  void refuses(String from, String to, String why) {
    URI target = URI.create(to);
    Failure f = assertThrows(Failure.class, () -> Neighbourhood.check(URI.create(from), target, "redirects to"));
    assertEquals(RegistryHost.authority(URI.create(from)) + " redirects to " + Redacted.uri(target) + ", " + why + "; refused",
        f.getMessage());
    assertEquals(Failure.Kind.DENIED, f.kind);
  }
}
