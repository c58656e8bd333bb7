package io.gantry.grpc;

import io.gantry.service.content.Contents;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.gc.Collector;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.Transfers;
import io.gantry.service.unpack.Unpacker;
import io.grpc.BindableService;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

    @AttributeDefinition(description = "HOST:PORT for clients with a certificate, by mutual TLS; default empty: none")
    String address() default "";

    @AttributeDefinition(description = "File with the server's certificate chain, as PEM; default empty")
    String certificate() default "";

    @AttributeDefinition(description = "File with the server's private key (PKCS #8), as PEM; default empty")
    String key() default "";

    @AttributeDefinition(description = "File with the certificates of those that sign clients' ones, as PEM; default empty")
    String clients() default "";
  }

  private static final Streams.Patience PATIENCE = new Streams.Patience(Duration.ofSeconds(10), Duration.ofMinutes(5));

  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private final List<Serving> addresses = new ArrayList<>();
  private final TransportLog transport;

  @Activate
  public ApiServer(BundleContext context, @Reference Drivers drivers, @Reference Namespaces namespaces, @Reference Contents contents,
      @Reference Images images, @Reference Leases leases, @Reference Snapshots snapshots, @Reference Unpacker unpacker,
      @Reference Containers containers, @Reference Tasks tasks, @Reference TaskProcesses processes, @Reference Events events,
      @Reference Collector collector, @Reference Transfers transfers, @Reference Archives archives, Config config) throws IOException {
    Path root = Path.of(context.getProperty("gantry.root"));
    FlowBudget budget = FlowBudget.ofHeap();
    var ahead = new ReadAhead();
    var collecting = new Collecting(collector, ahead);
    var services = new LinkedHashMap<String, BindableService>();
    services.put("containers", new ContainersApi(containers, tasks, processes));
    services.put("content", new ContentApi(contents, budget, ahead));
    services.put("diff", new DiffApi(unpacker));
    services.put("events", new EventsApi(events));
    services.put("images", new ImagesApi(images, collecting));
    services.put("leases", new LeasesApi(leases, collecting));
    services.put("namespaces", new NamespacesApi(namespaces));
    services.put("snapshots", new SnapshotsApi(snapshots, drivers));
    services.put("tasks", new TasksApi(processes));
    Streams streams = new Streams(PATIENCE);
    services.put("streaming", new StreamingApi(streams, budget));
    services.put("transfer", new TransferApi(streams, transfers, archives, images));
    services.put("version", new VersionApi(version(), ""));
    var served = new ArrayList<String>(List.of("introspection", "healthcheck"));
    served.addAll(services.keySet());
    services.put("introspection", new IntrospectionApi(new Plugins(drivers, root, served), ManagerId.in(root)));
    services.put("logs", new LogsApi(tasks, budget)); // of ours, and no plugin of containerd's
    var all = new Listener.Offer(List.copyOf(services.values()), InflowBudget.ofHeap());
    Path state = Path.of(context.getProperty("gantry.state"));
    transport = TransportLog.open();
    if (!config.socket().isEmpty()) serve(() -> Listener.unix(state.resolve(config.socket()), all));
    if (!config.address().isEmpty()) {
      serve(() -> Listener.tcp(config.address(),
          new TlsFiles(Path.of(config.certificate()), Path.of(config.key()), Path.of(config.clients())), all));
    }
  }

  /** An address that fails to open does not take the other one away. */
  private void serve(Serving.Opening opening) {
    addresses.add(Serving.begin(opening, Serving.Pauses.USUAL, log));
  }

  private static String version() {
    return Optional.ofNullable(FrameworkUtil.getBundle(ApiServer.class)).map(b -> b.getVersion().toString()).orElse("none");
  }

  @Deactivate
  void close() {
    addresses.forEach(Serving::close);
    transport.close();
  }
}
