package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerWriter;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds the layer driver for a media type. */
final class LayerDrivers {
  /** Whether a driver is the one. */
  @FunctionalInterface
  private interface Accepts {
    boolean by(DriverRef ref) throws IOException;
  }

  private LayerDrivers() {}

  /** The first that accepts the layer. */
  static DriverRef accepting(Drivers drivers, Scope scope, Descriptor layer) throws IOException {
    return first(drivers, scope, "accepts " + layer.mediaType() + " (layer " + layer.digest() + ")",
        ref -> drivers.<LayerApplier, Boolean>call(LayerApplier.class, ref, scope, a -> a.accepts(layer.mediaType())));
  }

  /** The first that writes layers of this type. */
  static DriverRef writing(Drivers drivers, Scope scope, String mediaType) throws IOException {
    return first(drivers, scope, "writes layers of type " + mediaType, ref -> {
      try {
        return drivers.<LayerWriter, Boolean>call(LayerWriter.class, ref, scope, w -> w.writes(mediaType));
      } catch (UnsupportedException e) {
        return false; // one that only reads
      }
    });
  }

  /** The first that does; one that is away at the moment is waited for where none that is there does. */
  private static DriverRef first(Drivers drivers, Scope scope, String what, Accepts accepts) throws IOException {
    Set<DriverRef> known = new LinkedHashSet<>(drivers.of(scope, LayerApplier.KIND));
    for (DriverState s : drivers.list(scope)) if (s.ref().kind().equals(LayerApplier.KIND)) known.add(s.ref());
    UnavailableException away = null;
    for (DriverRef ref : known) {
      try {
        if (accepts.by(ref)) return ref;
      } catch (UnavailableException e) {
        away = e;
      }
    }
    if (away != null) throw away;
    throw new UnsupportedException("no layer driver of " + known + " " + what);
  }
}
