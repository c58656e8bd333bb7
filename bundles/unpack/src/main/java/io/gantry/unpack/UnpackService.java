package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
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

/**
 * From blobs to sealed snapshots. A changed configuration holds at once: how many layers are worked on for all, the rest for each layer
 * that is begun from then on; a wrong one leaves the one before. It is there from the start of the manager on, and takes away what an
 * earlier one left.
 */
@Component(configurationPid = "unpack", immediate = true)
@Designate(ocd = UnpackService.Config.class)
public final class UnpackService implements Unpacker {
  /** Configuration. */
  @ObjectClassDefinition(name = "Unpacking")
  @interface Config {
    @AttributeDefinition(min = "0", max = "" + Settings.MOST_PARALLEL,
        description = "How many layers are unpacked at once; 0 is one per processor, at least 2")
    int parallel() default 0;

    @AttributeDefinition(min = "1", description = "How long a layer's bytes may stand still, in seconds")
    int stalled_seconds() default 120;

    @AttributeDefinition(min = "1", description = "Most entries of a layer") long max_entries() default 5_000_000;

    @AttributeDefinition(min = "1", description = "Most bytes a layer may unpack to") long max_bytes() default 256L << 30;

    @AttributeDefinition(min = "1", description = "Most times its size a layer may unpack to, from 64 MiB on")
    long max_ratio() default 1000;

    @AttributeDefinition(min = "1", description = "Most bytes of a name, a link or a set of PAX records")
    int max_header_bytes() default 1 << 20;
  }

  private static final Logger LOG = LoggerFactory.getLogger(UnpackService.class);
  private static final String BOOT = "io.gantry/boot";
  private static final String ROOT = "containerd.io/gc.root";
  private static final String EXTRACT = "extract-";
  private static final int PAGE = 500;
  /** Of names, never given twice in a start of the manager, however often the component is activated. */
  private static final AtomicLong NUMBERS = new AtomicLong();
  private final Application.Services services;
  private final Namespaces namespaces;
  private final Leftovers left = new Leftovers("unpack-left", "stays until the next start of the manager", LOG::warn, LOG::info);
  private final Slots slots = new Slots(0);
  private final String boot;
  private final KeyedPermits keys = new KeyedPermits();
  private volatile Settings settings;

  @Activate
  public UnpackService(BundleContext context, Config config, @Reference Drivers drivers, @Reference Contents contents,
      @Reference Snapshots snapshots, @Reference Mounts mounts, @Reference Namespaces namespaces) {
    this.services = new Application.Services(drivers, contents, snapshots, mounts, left);
    this.namespaces = namespaces;
    use(Settings.defaults());
    modified(config);
    String started = context.getProperty("gantry.boot");
    this.boot = started == null ? "0" : started;
    left.later(Scope.root(), "what an earlier manager left half unpacked", this::sweep);
  }

  @Deactivate
  void close() {
    left.close();
  }

  @Modified
  void modified(Config config) {
    try {
      use(Settings.of(config));
    } catch (IllegalArgumentException e) {
      LOG.error("unpack.cfg: {}; what was in use before stays", e.getMessage());
    }
  }

  private void use(Settings next) {
    settings = next;
    slots.resize(next.parallel());
  }

  @Override
  public Digest unpack(Scope scope, UnpackRequest request, Consumer<Progress> progress) throws IOException {
    List<Digest> chain = Digest.chain(request.diffIds());
    if (chain.isEmpty()) throw new io.gantry.api.InvalidException("the image has no layers, so there is nothing to unpack");
    int present = present(scope, request.snapshotter(), request.diffIds());
    if (present == chain.size()) return chain.getLast();
    var application = new Application(services, scope, request.snapshotter(), () -> settings, slots, names(), progress);
    new Unpacking(services, application, scope, request, chain, keys, progress).run(present);
    return chain.getLast();
  }

  @Override
  public Descriptor apply(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException {
    return new Onto(services, scope, settings, slots).apply(blob, mounts, names().next("unpack"), applied -> { });
  }

  @Override
  public Descriptor applyToDisk(Scope scope, Descriptor blob, List<Mount> mounts) throws IOException {
    return new Onto(services, scope, settings, slots).apply(blob, mounts, names().next("unpack"), Onto::toDisk);
  }

  @Override
  public Descriptor diff(Scope scope, List<Mount> lower, List<Mount> upper, DiffRequest request) throws IOException {
    return new Difference(services, scope, slots, request).store(lower, upper, names());
  }

  private Application.Names names() {
    return new Application.Names() {
      @Override
      public String next(String what) {
        return what + "-" + boot + "-" + NUMBERS.incrementAndGet();
      }

      /** The collection leaves a tree at work alone, however long that is, and whether there is a lease or not. */
      @Override
      public Map<String, String> labels() {
        return Map.of(BOOT, boot, ROOT, Instant.now().toString());
      }
    };
  }

  /** In all namespaces; each thing goes by itself, so that one that somebody uses keeps no other. */
  private void sweep(Scope scope) throws IOException {
    for (String namespace : namespaces.list(scope)) {
      Scope there = scope.withNamespace(namespace);
      for (Mounts.Active m : services.mounts().list(there)) {
        if (isOld(m.name())) left.later(there, MountedTree.what(there, m.name()), last -> services.mounts().deactivate(last, m.name()));
      }
      for (Damaged d : services.mounts().damaged(there)) {
        Path place = services.mounts().temporary(there, d.id());
        if (isOld(d.id())) left.later(there, MountedTree.what(there, d.id()), last -> services.mounts().deactivate(last, d.id(), place));
      }
      for (String snapshotter : services.snapshots().snapshotters(there)) sweep(there, snapshotter);
    }
  }

  private boolean isOld(String mount) {
    return mount.startsWith("unpack-") && !mount.startsWith("unpack-" + boot + "-");
  }

  private void sweep(Scope scope, String snapshotter) throws IOException {
    String after = EXTRACT;
    while (true) {
      List<SnapshotInfo> page = services.snapshots().list(scope, snapshotter, after, PAGE);
      for (SnapshotInfo s : page) {
        if (!s.key().startsWith(EXTRACT)) return;
        String of = s.labels().get(BOOT); // without it, it is a container's whose id begins like that
        if (of == null || of.equals(boot)) continue;
        left.later(scope, Application.what(scope, snapshotter, s.key()), Application.away(services, snapshotter, s.key()));
      }
      if (page.size() < PAGE) return;
      after = page.getLast().key();
    }
  }

  @Override
  public int present(Scope scope, String snapshotter, List<Digest> diffIds) throws IOException {
    DriverRef driver = new DriverRef(Snapshotter.KIND, snapshotter);
    List<DriverRef> known = services.drivers().list(scope).stream().map(DriverState::ref).filter(r -> r.kind().equals(driver.kind()))
        .distinct().toList();
    if (!known.contains(driver)) throw new NotFoundException("there is no driver " + driver + " to unpack with; known: " + known);
    List<Digest> chain = Digest.chain(diffIds);
    int i = chain.size();
    while (i > 0 && services.snapshots().find(scope, snapshotter, chain.get(i - 1).toString()).isEmpty()) i--;
    return i;
  }
}
