package io.gantry.service.transfer;

import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whoever asks for a transfer and answers for what opens the registries in it, in the place of the manager's {@link Credentials}. Asked by
 * any thread of the transfer, several at once, and not after it.
 */
@ConsumerType
@FunctionalInterface
public interface Logins {
  /**
   * What opens a host; asked when that host wants something, and again where it was refused. May block, as long as a user thinks;
   * interruption ends it.
   *
   * @param host {@code host[:port]} that asks
   * @param challenge its {@code WWW-Authenticate} header
   * @return empty for nothing: the host is then asked anonymously
   * @throws IOException there is nobody any more who could answer; the transfer fails with it
   */
  Optional<Credential> credential(String host, String challenge) throws IOException;
}
