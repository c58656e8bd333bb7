package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Pauses;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.Drivers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.transfer.Credentials;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import io.gantry.service.transfer.Transfers;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pulls and pushes as a service. A changed configuration holds from the next of them on; a wrong one leaves the one before. */
@Component(configurationPid = "transfer")
@Designate(ocd = TransferComponent.Config.class)
public final class TransferComponent implements Transfers {
  /** Keys of the configuration. */
  @ObjectClassDefinition(name = "Transfer of images")
  @interface Config {
    @AttributeDefinition(description = "Name of the resolver driver")
    String resolver() default "docker";

    @AttributeDefinition(description = "Other resolver drivers for single hosts, HOST=DRIVER with commas between")
    String resolvers() default "layout.localhost=layout";

    @AttributeDefinition(description = "Name of the snapshot driver where neither a pull nor its namespace names one")
    String snapshotter() default "overlayfs";

    @AttributeDefinition(min = "1", max = "" + Settings.MOST_DOWNLOADS,
        description = "Blobs that are fetched or sent at once, over all pulls and pushes")
    int downloads() default 3;

    @AttributeDefinition(min = "0",
        description =
            "Failures in a row, without a byte in between, after which a pull gives up; two where there is nobody at its beginning")
    int retries() default 5;

    @AttributeDefinition(min = "0ms", max = Settings.LONGEST,
        description = "Pause after the first failure, doubled by each further one; a number with ms, s or m")
    String retry_first() default "200ms";

    @AttributeDefinition(min = "0ms", max = Settings.LONGEST,
        description = "Longest wait that a registry may ask for; a number with ms, s or m")
    String retry_longest() default "5m";

    @AttributeDefinition(min = "0", max = "" + Settings.MOST_RESUME,
        description = "Minutes that whole blobs and layers of a pull stay where it fails, for the next one of that reference; 0 is not at"
            + " all. Half of a blob stays for ingest.expire.hours of gc.cfg")
    int resume_minutes() default 60;
  }

  private static final Logger log = LoggerFactory.getLogger(TransferComponent.class);
  /** Leases, each with an end. */
  static final String STAYS = "stays until its time ends";
  private final Drivers drivers;
  private final Credentials credentials;
  private final Store store;
  private final Pauses pauses = new Pauses();
  private final Leftovers left = new Leftovers("transfer-left", STAYS, log::warn, log::info);
  private volatile Mover mover;

  @Activate
  public TransferComponent(BundleContext context, Config config, @Reference Drivers drivers, @Reference Credentials credentials,
      @Reference Contents contents, @Reference Images images, @Reference Leases leases, @Reference Unpacker unpacker,
      @Reference Namespaces namespaces) {
    this.drivers = drivers;
    this.credentials = credentials;
    this.store = new Store(contents, images, leases, unpacker,
        DefaultDriver.snapshotter(namespaces, unpacker, Settings.defaults().snapshotter()), left, boot(context));
    mover = mover(Settings.defaults());
    modified(config);
  }

  /** One start of the manager. */
  static String boot(BundleContext context) {
    String boot = context.getProperty("gantry.boot");
    return boot == null ? "0" : boot;
  }

  @Modified
  void modified(Config c) {
    try {
      mover = mover(Settings.of(c));
    } catch (IllegalArgumentException e) {
      log.error("transfer.cfg: {}; what was in use before stays", e.getMessage());
    }
  }

  /** Whoever waits to try again fails with what he waited for. */
  @Deactivate
  void close() {
    pauses.end();
    left.close();
  }

  private Mover mover(Settings settings) {
    return new Mover(new Registries(drivers, credentials, settings, pauses), store.by(settings.snapshotter()));
  }

  @Override
  public Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException {
    return mover.pull(scope, request, progress);
  }

  @Override
  public Pulled fetch(Scope scope, FetchRequest request, Consumer<Progress> progress) throws IOException {
    return mover.fetch(scope, request, progress);
  }

  @Override
  public Descriptor fetchObject(Scope scope, io.gantry.api.Reference reference, Optional<Digest> digest, OutputStream to)
      throws IOException {
    return mover.fetchObject(scope, reference, digest, to);
  }

  @Override
  public Pushed push(Scope scope, PushRequest request, Consumer<Progress> progress) throws IOException {
    return mover.push(scope, request, progress);
  }
}
