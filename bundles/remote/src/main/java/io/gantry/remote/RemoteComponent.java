package io.gantry.remote;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
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

/**
 * Registers the services of another manager in the place of those that a manager has. Never in a manager: one of its parts could take them
 * for its own, whatever their ranking, while that part's driver is replaced. So the framework has to say that it is a client's.
 */
@Component(immediate = true, service = {}, configurationPid = "remote", configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = RemoteComponent.Config.class)
public final class RemoteComponent {
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

  private final RemoteManager manager;
  private final List<ServiceRegistration<?>> registered = new ArrayList<>();

  /**
   * @throws IllegalStateException the framework is not a client's
   * @throws IllegalArgumentException the address is none, or has no files and needs them
   * @throws IOException a file is missing or wrong
   */
  @Activate
  public RemoteComponent(BundleContext context, Config config) throws IOException {
    if (!"true".equals(context.getProperty(CLIENT))) {
      throw new IllegalStateException("remote: this framework has a manager of its own, whose services would be mistaken for those of "
          + config.address() + "; in a framework of clients alone, set " + CLIENT + "=true, or use the jar without a framework");
    }
    manager = RemoteManager.connect(address(config));
    Dictionary<String, Object> properties = new Hashtable<>(
        Map.of(REMOTE, config.address(), Constants.SERVICE_RANKING, Integer.MIN_VALUE));
    manager.services().forEach((type, service) -> registered.add(context.registerService(type.getName(), service, properties)));
  }

  private static Address address(Config config) {
    if (config.certificate().isEmpty() && config.key().isEmpty() && config.authorities().isEmpty()) return Address.parse(config.address());
    return Address.parse(config.address(),
        new TlsFiles(Path.of(config.certificate()), Path.of(config.key()), Path.of(config.authorities())));
  }

  @Deactivate
  void close() {
    registered.forEach(ServiceRegistration::unregister);
    manager.close();
  }
}
