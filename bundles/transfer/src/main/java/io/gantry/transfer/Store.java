package io.gantry.transfer;

import io.gantry.api.Scope;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Images;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What images are kept in: this manager's, or that of another one.
 *
 * @param snapshotters whose snapshot driver unpacks where a request names none
 */
record Store(Contents contents, Images images, Leases leases, Unpacker unpacker, Documents documents, DefaultDriver snapshotters) {
  private static final Logger log = LoggerFactory.getLogger(Store.class);
  /** What a manager that died leaves held. */
  private static final Duration LEASE = Duration.ofHours(24);

  Store(Contents contents, Images images, Leases leases, Unpacker unpacker, DefaultDriver snapshotters) {
    this(contents, images, leases, unpacker, new Documents(contents), snapshotters);
  }

  /** The same with another snapshot driver where neither a request nor its namespace names one. */
  Store by(String configured) {
    return new Store(contents, images, leases, unpacker, documents, DefaultDriver.snapshotter(snapshotters.namespaces(), unpacker,
        configured));
  }

  /** Name of the snapshot driver of a request, which may name none. */
  String snapshotter(Scope scope, String asked) throws IOException {
    return snapshotters.of(scope, asked);
  }

  /** Work whose things a lease holds. */
  interface Work<R> {
    R run(Scope held) throws IOException;
  }

  /**
   * A lease is opened before anything is made or read and closed after the record of the image holds it, or nobody reads it any more; where
   * the caller brings a lease, that one holds it.
   */
  <R> R leased(Scope scope, Work<R> work) throws IOException {
    if (scope.lease().isPresent()) return work.run(scope);
    String expire = Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString();
    Lease lease = leases.create(scope, "", Map.of("containerd.io/gc.expire", expire));
    Throwable failure = null;
    try {
      return work.run(scope.withLease(lease.id()));
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      close(scope, lease, failure);
    }
  }

  /** Work that is done stays done where only this fails: what was made is told, and the lease expires by itself. */
  private void close(Scope scope, Lease lease, Throwable failure) {
    try {
      CleanUp.run(scope, last -> leases.remove(last, lease.id()));
    } catch (IOException | RuntimeException e) {
      if (failure != null) failure.addSuppressed(e);
      else log.warn("lease {} of namespace {} could not be removed, and holds what it held for {} h", lease.id(), scope.namespace(),
          LEASE.toHours(), e);
    }
  }
}
