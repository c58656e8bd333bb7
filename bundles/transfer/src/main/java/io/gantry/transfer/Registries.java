package io.gantry.transfer;

import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Pauses;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.transfer.Credentials;
import io.gantry.service.transfer.Logins;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** The resolver driver as this bundle uses it: borrowed per call, with core's credentials. */
record Registries(Drivers drivers, Credentials credentials, Settings settings, Pauses pauses, Optional<Logins> logins) {
  /** With the manager's credentials. */
  Registries(Drivers drivers, Credentials credentials, Settings settings, Pauses pauses) {
    this(drivers, credentials, settings, pauses, Optional.empty());
  }

  /** The same for one transfer, whose credentials may be its own. */
  Registries with(Optional<Logins> of) {
    return new Registries(drivers, credentials, settings, pauses, of);
  }

  /** The driver for an image's host. */
  DriverRef resolver(Reference reference) {
    return settings.resolver(reference.host());
  }

  /** What a reference means now. A try or two more: the registry may be starting, or want us to wait. */
  Resolved resolve(Scope scope, Reference reference) throws IOException {
    Retries retries = Retries.first(this, scope.deadline());
    while (true) {
      try {
        return drivers.yielding(Resolver.class, resolver(reference), scope, (b, loan) -> b.driver().resolve(reference, access(scope)));
      } catch (IOException e) {
        retries.pause(e);
      }
    }
  }

  Access access(Scope scope) {
    return new Access() {
      @Override
      public Optional<Credential> credential(String host, String challenge) throws IOException {
        return logins.isPresent() ? logins.get().credential(host, challenge) : credentials.find(scope, host);
      }

      @Override
      public Instant deadline() {
        return scope.deadline();
      }
    };
  }
}
