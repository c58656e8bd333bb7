package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import java.io.IOException;

/** What the lease of a scope holds of blobs and writes; without one there: nothing. */
final class Holds {
  private final Leases leases;

  Holds(Leases leases) {
    this.leases = leases;
  }

  /** @throws NotFoundException the scope names a lease that is not there */
  void check(Scope scope) throws IOException {
    if (scope.lease().isPresent()) leases.get(scope, scope.lease().get());
  }

  void blob(Scope scope, Digest digest) throws IOException {
    leases.hold(scope, "content", digest.toString());
  }

  void write(Scope scope, String ref) throws IOException {
    leases.hold(scope, write(ref).kind(), ref);
  }

  /** The write is a blob now. */
  void committed(Scope scope, String ref, Digest digest) throws IOException {
    leases.replace(scope, write(ref), new Resource("content", digest.toString()));
  }

  /** The write was thrown away. */
  void dropped(Scope scope, String ref) throws IOException {
    if (scope.lease().isEmpty()) return;
    try {
      leases.release(scope, scope.lease().get(), write(ref));
    } catch (NotFoundException e) {
      // with that lease went what it held
    }
  }

  private static Resource write(String ref) {
    return new Resource("ingests", ref);
  }
}
