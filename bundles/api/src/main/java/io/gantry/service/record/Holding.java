package io.gantry.service.record;

import io.gantry.api.Scope;
import io.gantry.service.record.Lease.Resource;
import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the lease of a scope holds, as a part of a change of other records: what is made is held from the moment on at which it is there.
 * Of this manager alone; {@link Leases} has the same for whoever changes nothing else.
 */
@ProviderType
public interface Holding {
  /**
   * The part that lets the scope's lease hold something, as {@link Leases#add} does, and something else no more, as
   * {@link Leases#release}. Without a lease in scope: an empty part.
   *
   * <p>It is for one change: after a conflict another one is asked for, which tells where the conflict was that the lease has gone.
   *
   * @throws io.gantry.api.NotFoundException the scope names a lease that is not there
   * @throws io.gantry.api.InvalidException as {@link Leases#add}
   */
  Table.Part part(Scope scope, List<Resource> held, List<Resource> released) throws IOException;
}
