package io.gantry.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Pauses;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final Registries REGISTRIES = new Registries(null, null,
      new Settings("docker", "overlayfs", 3, 5, Duration.ofMillis(1), Duration.ofSeconds(3)), new Pauses());

  /** How many tries it takes until the failure is the answer. */
  private static int tries(Retries retries, IOException failure) {
    for (int n = 1;; n++) {
      try {
        retries.pause(failure);
      } catch (IOException e) {
        return n;
      }
    }
  }

  /** Whoever mistyped a host is told soon; a registry that says something, or that gave the manifest already, is tried for longer. */
  @Test
  void whereNobodyIsItGivesUpSoon() {
    var nobody = new UnavailableException("nobody listens", new IOException("connecting", new ConnectException("Connection refused")));
    var busy = new UnavailableException("503");
    assertEquals(3, tries(Retries.first(REGISTRIES, Instant.MAX), nobody));
    assertEquals(6, tries(Retries.first(REGISTRIES, Instant.MAX), busy));
    assertEquals(6, tries(new Retries(REGISTRIES, Instant.MAX), nobody));
  }

  @Test
  void whatWillNotPassIsNotTriedAgain() {
    assertEquals(1, tries(new Retries(REGISTRIES, Instant.MAX), new NotFoundException("no such image")));
  }
}
