package io.gantry.service.record;

import io.gantry.api.Scope;
import io.gantry.service.record.Lease.Resource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Leases of a namespace. One is removed with all it holds, at once for whoever looks: nothing can be held by it from then on, and a new one
 * of that id holds nothing.
 */
@ProviderType
public interface Leases {
  /** The table that tells in a {@link Table#watch} what a lease begins to hold: the id of a row is {@code LEASE|KIND/ID}. */
  String HELD = "held";

  /**
   * Makes one.
   *
   * @param id empty for a new one
   * @throws io.gantry.api.AlreadyExistsException the id is taken
   * @throws io.gantry.api.InvalidException the id has a {@code |}, a label is wrong, or {@link Lease#EXPIRE} is no time of RFC 3339
   */
  Lease create(Scope scope, String id, Map<String, String> labels) throws IOException;

  /** @throws io.gantry.api.NotFoundException no such lease */
  Lease get(Scope scope, String id) throws IOException;

  List<Lease> list(Scope scope) throws IOException;

  /** Those that {@link #list} leaves out, since they cannot be read; none of another manager, whose log tells. */
  default List<Damaged> damaged(Scope scope) throws IOException {
    return List.of();
  }

  /** Also one that is damaged. @throws io.gantry.api.NotFoundException no such lease */
  void remove(Scope scope, String id) throws IOException;

  /**
   * Lets the scope's lease hold something, as {@link #add} does. Without a lease in scope: nothing.
   *
   * @throws io.gantry.api.NotFoundException the scope names a lease that is not there
   */
  void hold(Scope scope, String kind, String id) throws IOException;

  /**
   * Lets a lease hold something, which need not be there; again is no error.
   *
   * @throws io.gantry.api.NotFoundException no such lease
   * @throws io.gantry.api.InvalidException the kind is none of {@link Resource}, or the id of content is no digest
   */
  void add(Scope scope, String lease, Resource resource) throws IOException;

  /**
   * Lets a lease hold something no more; what it does not hold is no error.
   *
   * @throws io.gantry.api.NotFoundException no such lease
   * @throws io.gantry.api.InvalidException as {@link #add}
   */
  void release(Scope scope, String lease, Resource resource) throws IOException;

  /** What it holds, in order of kind and id. @throws io.gantry.api.NotFoundException no such lease */
  List<Resource> resources(Scope scope, String lease) throws IOException;

  /** What it holds, as {@code kind/id}; nothing where there is no such lease. */
  List<String> held(Scope scope, String lease) throws IOException;
}
