package io.gantry.spi.resolver;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What core lends a resolver for one call, and for the body that the call answers: credentials host by host, so that no mirror sees
 * another's. Not to be kept longer. Its methods may be called by any thread, several at once.
 */
@ProviderType
public interface Access {
  /**
   * The credential for a host. Asked when a host wants one, not before, and again where one was refused; it may have changed meanwhile.
   *
   * @param host {@code host[:port]} that asks, as connected to; never the name of the image
   * @param challenge its {@code WWW-Authenticate} header
   * @return empty where the user has given none for that host; the driver then asks anonymously
   * @throws IOException the user's settings cannot be read
   */
  Optional<Credential> credential(String host, String challenge) throws IOException;

  /** When to give up; {@link Instant#MAX} for never. */
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
