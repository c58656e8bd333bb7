package io.gantry.service.transfer;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Passwords of registries by host, in a file of mode 0600; docker's {@code config.json} is read where that file has none. */
@ProviderType
public interface Credentials {
  Optional<Credential> find(Scope scope, String host) throws IOException;

  void put(Scope scope, String host, Credential credential) throws IOException;

  /** Whether there was one. */
  boolean remove(Scope scope, String host) throws IOException;

  List<String> hosts(Scope scope) throws IOException;

  /**
   * The resolver driver that a pull from a host goes through, to which its password is lent. As the configuration says it: there may be
   * none of that name.
   *
   * @param host {@code host[:port]} as in an image's name
   */
  DriverRef resolver(Scope scope, String host);
}
