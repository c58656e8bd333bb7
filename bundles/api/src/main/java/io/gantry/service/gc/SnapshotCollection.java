package io.gantry.service.gc;

import io.gantry.api.Scope;
import io.gantry.spi.snapshot.SnapId;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the garbage collection does with snapshots, of this manager alone; offered by whoever offers {@link
 * io.gantry.service.snapshot.Snapshots}.
 */
@ProviderType
public interface SnapshotCollection {
  /**
   * Takes one away for the garbage collection, and its tree; one with children stays.
   *
   * @param guard whether it may go, asked while nobody changes any record; calls nobody ({@link
   *     io.gantry.service.record.Table#decide})
   * @return whether it went; one that is not there did not
   * @throws io.gantry.api.UnavailableException the driver is away: with the record the tree may be left, which {@link #sweep} removes
   */
  boolean collect(Scope scope, String snapshotter, String key, BooleanSupplier guard) throws IOException;

  /**
   * Removes trees of a driver that no namespace has a record of, as a crash leaves them, or a snapshot that was left in the making before
   * it was known whether its record is written, some time after that; never one that is just being made.
   *
   * @param dryRun finds them, and removes nothing
   * @return the trees
   * @throws io.gantry.api.CorruptException a record of a snapshot is damaged, so its tree is not known; nothing is removed
   * @throws io.gantry.api.UnavailableException the driver is away
   */
  List<SnapId> sweep(Scope scope, String snapshotter, boolean dryRun) throws IOException;
}
