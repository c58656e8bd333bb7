package io.gantry.grpc;

import io.gantry.service.content.Contents;
import io.gantry.service.driver.Drivers;
import io.grpc.BindableService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** containerd's API over the services of this manager. Clients find it again after an update of this bundle, as after a restart. */
@Component(immediate = true, service = {}, configurationPid = "grpc")
@Designate(ocd = ApiServer.Config.class)
public final class ApiServer {
  /** Configuration. */
  @ObjectClassDefinition(name = "containerd API")
  @interface Config {
    @AttributeDefinition(description = "The Unix socket, absolute or below the state folder; empty for none; default gantry.sock")
    String socket() default "gantry.sock";
  }

  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private final Listener socket;

  @Activate
  public ApiServer(BundleContext context, @Reference Drivers drivers, @Reference Contents contents, Config config) throws IOException {
    Path root = Path.of(context.getProperty("gantry.root"));
    var services = new LinkedHashMap<String, BindableService>();
    services.put("content", new ContentApi(contents));
    services.put("version", new VersionApi(version(), ""));
    this.socket = Listener.unix(Path.of(context.getProperty("gantry.state")).resolve(config.socket()), List.copyOf(services.values()));
    log.info("containerd's API is served on {}", socket);
  }

  private static String version() {
    return Optional.ofNullable(FrameworkUtil.getBundle(ApiServer.class)).map(b -> b.getVersion().toString()).orElse("none");
  }

  @Deactivate
  void close() {
    socket.close();
  }
}
