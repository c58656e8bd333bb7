package io.gantry.transfer;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.transfer.Credentials;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;

/**
 * Passwords below the manager's root, and those of the docker of the user who runs it. Without drivers, as in a client of another manager,
 * nobody would ask for them. A wrong configuration leaves the one before, of which {@link TransferComponent} tells.
 */
@Component(configurationPid = "transfer")
public final class CredentialsComponent implements Credentials {
  private final Credentials stored;
  private volatile Settings settings = Settings.defaults();

  @Activate
  public CredentialsComponent(BundleContext context, TransferComponent.Config config, @Reference Drivers drivers) {
    stored = new StoredCredentials(
        new CredentialsFile(Path.of(context.getProperty("gantry.root"), "credentials.json")),
        new DockerConfig(DockerConfig.folder(System.getenv(), System.getProperty("user.home")).resolve("config.json")), () -> settings);
    modified(config);
  }

  @Modified
  void modified(TransferComponent.Config c) {
    try {
      settings = Settings.of(c);
    } catch (IllegalArgumentException e) {
      return; // told of already
    }
  }

  @Override
  public Optional<Credential> find(Scope scope, String host) throws IOException {
    return stored.find(scope, host);
  }

  @Override
  public void put(Scope scope, String host, Credential credential) throws IOException {
    stored.put(scope, host, credential);
  }

  @Override
  public boolean remove(Scope scope, String host) throws IOException {
    return stored.remove(scope, host);
  }

  @Override
  public List<String> hosts(Scope scope) throws IOException {
    return stored.hosts(scope);
  }

  @Override
  public DriverRef resolver(Scope scope, String host) {
    return stored.resolver(scope, host);
  }
}
