package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.DriverContext;
import io.gantry.api.Reference;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The resolver as a driver; its folders of hosts lie beside the folders of drivers. */
@Component(name = "resolver.docker", service = Resolver.class, configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = "gantry.kind=resolver")
@Designate(ocd = DockerResolverComponent.Config.class, factory = true)
public final class DockerResolverComponent implements Resolver, Pusher {
  /** Keys of the configuration. */
  @ObjectClassDefinition(name = "Registries of Docker and OCI")
  public @interface Config {
    @AttributeDefinition(description = "Folder with HOST[_PORT]/hosts.toml; relative to this driver's own folder")
    String hosts_folder() default "../../hosts";

    @AttributeDefinition(min = "1", description = "Seconds a connection may take, where hosts.toml has no dial_timeout")
    int connect_timeout() default 10;

    @AttributeDefinition(min = "1", description = "Seconds from a request to the headers of its answer")
    int response_timeout() default 30;

    @AttributeDefinition(min = "1", description = "Seconds without a byte of a body")
    int stall_timeout() default 30;

    @AttributeDefinition(min = "0", description = "Redirects followed per request")
    int redirects() default 10;

    @AttributeDefinition(description = "Whether HTTP/2 is offered")
    boolean http2() default false;
  }

  private final DockerResolver resolver;

  @Activate
  public DockerResolverComponent(Config config, Map<String, ?> properties) {
    Path folder = DriverContext.of(properties).root().resolve(config.hosts_folder()).normalize();
    DockerResolver.Options options =
        new DockerResolver.Options(
            seconds("connect.timeout", config.connect_timeout()), seconds("response.timeout", config.response_timeout()),
            seconds("stall.timeout", config.stall_timeout()), config.redirects(), config.http2());
    if (config.redirects() < 0) throw new IllegalArgumentException("redirects is " + config.redirects() + ", expected 0 or more");
    resolver = new DockerResolver(HostsConfig.folder(folder), options);
  }

  private static Duration seconds(String key, int value) {
    if (value < 1) throw new IllegalArgumentException(key + " is " + value + ", expected 1 or more seconds");
    return Duration.ofSeconds(value);
  }

  @Override
  public Resolved resolve(Reference reference, Access access) throws IOException {
    return resolver.resolve(reference, access);
  }

  @Override
  public Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) throws IOException {
    return resolver.open(resolved, descriptor, offset, access);
  }

  @Override
  public boolean exists(Resolved target, Descriptor descriptor, Access access) throws IOException {
    return resolver.exists(target, descriptor, access);
  }

  @Override
  public boolean mount(Resolved target, Descriptor descriptor, String from, Access access) throws IOException {
    return resolver.mount(target, descriptor, from, access);
  }

  @Override
  public void put(Resolved target, Descriptor descriptor, InputStream body, Access access) throws IOException {
    resolver.put(target, descriptor, body, access);
  }

  @Deactivate
  void close() {
    resolver.close();
  }
}
