package io.gantry.snapshot.copy;

import static io.gantry.linux.ErrnoException.told;

import io.gantry.api.ConflictException;
import io.gantry.api.DriverContext;
import io.gantry.api.Mount;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.linux.At;
import io.gantry.linux.Names;
import io.gantry.linux.ProcStat;
import io.gantry.linux.Self;
import io.gantry.linux.Shelf;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Copies as a driver. */
@Component(name = "snapshot.copy", service = Snapshotter.class, configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = "gantry.kind=snapshot")
@Designate(ocd = CopyComponent.Config.class, factory = true)
public final class CopyComponent implements Snapshotter {
  /** No keys: that is said, so that one in a file is refused. */
  @ObjectClassDefinition(name = "Snapshots as whole copies")
  @interface Config {}

  private static final String STATE_VERSION = "1";
  private static final byte[] VERSION = Names.of(".version");

  private final Copies copies;

  @Activate
  public CopyComponent(Map<String, ?> properties) throws IOException {
    Shelf shelf = Shelf.open(DriverContext.of(properties).root());
    try {
      check(shelf);
      copies = new Copies(shelf, ProcStat.bootId().substring(0, 8));
    } catch (IOException e) {
      shelf.close();
      throw e;
    }
  }

  /** Owners and devices of others' images need root; what a later version wrote is not touched. */
  static void check(Shelf shelf) throws IOException {
    if (!Self.isRoot()) {
      throw new UnsupportedException("snapshots in " + shelf.path() + ": owners and devices need root, this process is user "
          + Self.effectiveUid());
    }
    Optional<String> version = At.readlink(shelf.fd().raw(), VERSION).map(Names::show);
    if (version.isEmpty()) {
      shelf.fd().symlink(Names.of(STATE_VERSION), VERSION);
    } else if (!version.get().equals(STATE_VERSION)) {
      throw new ConflictException(shelf.path() + " was written by state version " + version.get() + ", this driver reads " + STATE_VERSION
          + "; use the newer driver again");
    }
  }

  @Override
  public boolean create(Snap s) throws IOException {
    return told("create snapshot " + s.id(), () -> copies.create(s));
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    return told("mounts of snapshot " + s.id(), () -> copies.mounts(s));
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    return told("seal snapshot " + s.id(), () -> copies.seal(s));
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    return told("usage of snapshot " + id, () -> copies.usage(id));
  }

  @Override
  public boolean remove(SnapId id) throws IOException {
    return told("remove snapshot " + id, () -> copies.remove(id));
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    return told("list snapshots", () -> copies.list(after, max));
  }

  @Deactivate
  void close() {
    copies.close();
  }
}
