package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.Checks;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.Progress;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives and checks as a service; they need no registry, so that clients of another manager have them, too. */
@Component(configurationPid = "transfer")
public final class ArchiveComponent implements Archives, Checks {
  private static final Logger log = LoggerFactory.getLogger(ArchiveComponent.class);
  private final Store store;
  private final Leftovers left = new Leftovers("archive-left", TransferComponent.STAYS, log::warn, log::info);
  private volatile Archival archival;

  @Activate
  public ArchiveComponent(BundleContext context, TransferComponent.Config config, @Reference Contents contents, @Reference Images images,
      @Reference Leases leases, @Reference Unpacker unpacker, @Reference Namespaces namespaces) {
    store = new Store(contents, images, leases, unpacker,
        DefaultDriver.snapshotter(namespaces, unpacker, Settings.defaults().snapshotter()), left, TransferComponent.boot(context));
    archival = new Archival(store);
    modified(config);
  }

  @Deactivate
  void close() {
    left.close();
  }

  /** An empty name leaves the one before, of which {@link TransferComponent} tells. */
  @Modified
  void modified(TransferComponent.Config c) {
    if (!c.snapshotter().isBlank()) archival = new Archival(store.by(c.snapshotter()));
  }

  @Override
  public List<Image> load(Scope scope, ImportRequest request, InputStream archive, Consumer<Progress> progress) throws IOException {
    return archival.load(scope, request, archive, progress);
  }

  @Override
  public void save(Scope scope, ExportRequest request, OutputStream to) throws IOException {
    archival.save(scope, request, to);
  }

  @Override
  public Standing check(Scope scope, Descriptor target, Platform platform, String snapshotter) throws IOException {
    return archival.check(scope, target, platform, snapshotter);
  }

  @Override
  public Verified verify(Scope scope, Optional<Descriptor> target, Consumer<Progress> progress) throws IOException {
    return archival.verify(scope, target, progress);
  }
}
