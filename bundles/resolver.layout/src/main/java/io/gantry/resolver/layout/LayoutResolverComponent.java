package io.gantry.resolver.layout;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The resolver as a driver. */
@Component(name = "resolver.layout", service = Resolver.class, configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = "gantry.kind=resolver")
@Designate(ocd = LayoutResolverComponent.Config.class, factory = true)
public final class LayoutResolverComponent implements Resolver, Pusher {
  /** Keys of the configuration. */
  @ObjectClassDefinition(name = "Folders of the OCI image layout")
  public @interface Config {
    @AttributeDefinition(description = "Folder below which layouts may lie, absolute; default empty: none is read")
    String folder() default "";

    @AttributeDefinition(description = "Whether images may be pushed there; default false")
    boolean writable() default false;
  }

  private final LayoutResolver resolver;

  @Activate
  public LayoutResolverComponent(Config config) {
    String folder = config.folder().strip();
    if (!folder.isEmpty() && !Path.of(folder).isAbsolute()) {
      throw new IllegalArgumentException("folder is '" + folder + "', expected an absolute path, e.g. /srv/images");
    }
    resolver = new LayoutResolver(folder.isEmpty() ? Optional.empty() : Optional.of(Path.of(folder)), config.writable());
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
}
