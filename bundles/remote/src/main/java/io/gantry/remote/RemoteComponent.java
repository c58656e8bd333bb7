package io.gantry.remote;

import io.gantry.api.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the services of another manager in the place of those that a manager has. Never in a manager: one of its parts could take them
 * for its own, whatever their ranking, while that part's driver is replaced. So the framework has to say that it is a client's.
 */
@Component(immediate = true, service = {}, configurationPid = "remote", configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = RemoteComponent.Config.class)
public final class RemoteComponent {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteComponent.class);
  /** Property of a framework that has no manager: {@code true}. */
  static final String CLIENT = "gantry.client";

  /** Property of each service: the manager's address. */
  static final String REMOTE = "gantry.remote";

  /** Configuration. */
  @ObjectClassDefinition(name = "Another manager")
  @interface Config {
    @AttributeDefinition(description = "unix:///PATH, or tcp://HOST:PORT by mutual TLS") String address();

    @AttributeDefinition(description = "File with the client's certificate chain, as PEM; for tcp alone; default empty")
    String certificate() default "";

    @AttributeDefinition(description = "File with the client's private key (PKCS #8), as PEM; for tcp alone; default empty")
    String key() default "";

    @AttributeDefinition(description = "File with the certificates of those that sign servers' ones, as PEM; for tcp alone; default empty")
    String authorities() default "";
  }

  /** What is wrong, for who starts a framework for these services alone; a system property, since it sees no classes of bundles. */
  private static final String PROBLEM = "gantry.remote.problem";
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  /** Empty where it cannot be reached, or the configuration is wrong. */
  private final Optional<RemoteManager> manager;
  private final List<ServiceRegistration<?>> registered = new ArrayList<>();

  /** @throws IllegalStateException the framework is not a client's */
  @Activate
  public RemoteComponent(BundleContext context, Config config) {
    if (!"true".equals(context.getProperty(CLIENT))) {
      throw new IllegalStateException("remote: this framework has a manager of its own, whose services would be mistaken for those of "
          + config.address() + "; in a framework of clients alone, set " + CLIENT + "=true, or use the jar without a framework");
    }
    Optional<RemoteManager> found = Optional.empty();
    try {
      found = Optional.of(connect(config, pipes(context)));
    } catch (IOException | IllegalArgumentException e) { // told once, and not by each call
      System.setProperty(PROBLEM, e.getMessage());
      LOG.error("remote.cfg: {}", e.getMessage());
    }
    manager = found;
    Dictionary<String, Object> properties = new Hashtable<>(
        Map.of(REMOTE, config.address(), Constants.SERVICE_RANKING, Integer.MIN_VALUE));
    manager.ifPresent(m -> m.services().forEach((type, service) -> registered.add(context.registerService(type.getName(), service,
        properties))));
  }

  private static Path pipes(BundleContext context) {
    String state = context.getProperty("gantry.state");
    return Path.of(state == null ? System.getProperty("java.io.tmpdir") : state);
  }

  private static RemoteManager connect(Config config, Path folder) throws IOException {
    Address address = address(config);
    RemoteManager connected;
    try {
      connected = RemoteManager.connect(address, folder);
    } catch (IllegalArgumentException e) {
      throw new IOException("the files for TLS of " + address + " are not as expected (PEM, the key PKCS #8): " + e.getMessage(), e);
    }
    Scope scope = Scope.root().within(PATIENCE);
    try {
      connected.version(scope);
      return connected;
    } catch (IOException | RuntimeException e) {
      connected.close();
      if (Instant.now().isBefore(scope.deadline())) throw e;
      throw new IOException(address + " takes connections, but did not answer in " + PATIENCE.toSeconds() + " s; is it a manager's?", e);
    }
  }

  private static Address address(Config config) {
    if (config.certificate().isEmpty() && config.key().isEmpty() && config.authorities().isEmpty()) return Address.parse(config.address());
    return Address.parse(config.address(),
        new TlsFiles(Path.of(config.certificate()), Path.of(config.key()), Path.of(config.authorities())));
  }

  @Deactivate
  void close() {
    registered.forEach(ServiceRegistration::unregister);
    manager.ifPresent(RemoteManager::close);
  }
}
