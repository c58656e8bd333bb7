package io.gantry.snapshot.overlay;

import static io.gantry.linux.ErrnoException.told;

import io.gantry.api.DriverContext;
import io.gantry.api.Mount;
import io.gantry.api.Usage;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Overlayfs as a driver. */
@Component(name = "snapshot.overlay", service = Snapshotter.class, configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = {"gantry.kind=snapshot", "gantry.features=REBASE"})
@Designate(ocd = OverlayComponent.Config.class, factory = true)
public final class OverlayComponent implements Snapshotter {
  /** Keys of the configuration. */
  @ObjectClassDefinition(name = "Snapshots by overlayfs")
  public @interface Config {
    @AttributeDefinition(description = "Extra options of every overlay mount, comma separated, such as volatile or xino=auto; default none")
    String mount_options() default "";
  }

  private final Overlay overlay;

  @Activate
  public OverlayComponent(Config config, Map<String, ?> properties) throws IOException {
    List<String> options = new ArrayList<>(Probe.defaults());
    options.addAll(extra(config.mount_options()));
    overlay = new Overlay(Probe.require(DriverContext.of(properties).root(), options), options);
  }

  private static List<String> extra(String text) {
    List<String> options = text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
    for (String o : options) {
      if (o.matches("(lowerdir|upperdir|workdir|lowerdir\\+|datadir\\+)=.*") || o.isEmpty()) {
        throw new IllegalArgumentException("mount.options has '" + o + "', which this driver sets itself");
      }
    }
    return options;
  }

  @Override
  public boolean create(Snap s) throws IOException {
    return told("create snapshot " + s.id(), () -> overlay.create(s));
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    return told("mounts of snapshot " + s.id(), () -> overlay.mounts(s));
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    return told("seal snapshot " + s.id(), () -> overlay.seal(s));
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    return told("usage of snapshot " + id, () -> overlay.usage(id));
  }

  @Override
  public boolean remove(SnapId id) throws IOException {
    return told("remove snapshot " + id, () -> overlay.remove(id));
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    return told("list snapshots", () -> overlay.list(after, max));
  }

  @Deactivate
  void close() {
    overlay.close();
  }
}
