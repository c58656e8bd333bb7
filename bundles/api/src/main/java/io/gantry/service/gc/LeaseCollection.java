package io.gantry.service.gc;

import io.gantry.api.Scope;
import io.gantry.service.record.Lease;
import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the garbage collection does with leases, of this manager alone; offered by whoever offers {@link io.gantry.service.record.Leases}.
 */
@ProviderType
public interface LeaseCollection {
  /**
   * Takes a lease away for the garbage collection, with all it holds. Nobody is asked whether it may go: no change puts its end off.
   *
   * @param lease as it was seen: one that was removed since stays as it is, be it made anew
   * @return whether it went
   */
  boolean collect(Scope scope, Lease lease) throws IOException;

  /**
   * Ends removals that were cut, for the garbage collection: such a lease is there for nobody, but its records still are, and its namespace
   * is not empty. For one that is being removed at this moment it does the same as {@link io.gantry.service.record.Leases#remove}.
   */
  void sweep(Scope scope) throws IOException;
}
