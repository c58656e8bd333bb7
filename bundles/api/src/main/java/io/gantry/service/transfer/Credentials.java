package io.gantry.service.transfer;

import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Passwords of registries by host, in a file of mode 0600; docker's {@code config.json} is read where that file has none. */
@ProviderType
public interface Credentials {
  Optional<Credential> find(String host) throws IOException;

  void put(String host, Credential credential) throws IOException;

  /** Whether there was one. */
  boolean remove(String host) throws IOException;

  List<String> hosts() throws IOException;
}
