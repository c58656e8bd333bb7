package io.gantry.spi.resolver;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What core lends a resolver for one call: credentials host by host, so that no mirror sees another's. */
@ProviderType
public interface Access {
  /**
   * The credential for a host.
   *
   * @param host {@code host[:port]} that asks, as connected to; never the name of the image
   * @param challenge its {@code WWW-Authenticate} header
   */
  Optional<Credential> credential(String host, String challenge) throws IOException;

  /** When to give up. */
  Instant deadline();

  /** Anonymous, without end. */
  static Access anonymous() {
    return new Access() {
      @Override
      public Optional<Credential> credential(String host, String challenge) {
        return Optional.empty();
      }

      @Override
      public Instant deadline() {
        return Instant.MAX;
      }
    };
  }
}
