package io.gantry.transfer;

import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.cleanup.Leftovers;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What images are kept in: this manager's, or that of another one.
 *
 * @param snapshotters whose snapshot driver unpacks where a request names none
 * @param left leases that could not be removed at the end
 * @param boot names this start of the manager
 */
record Store(Contents contents, Images images, Leases leases, Unpacker unpacker, Documents documents, DefaultDriver snapshotters,
    Leftovers left, String boot) {
  private static final Logger log = LoggerFactory.getLogger(Store.class);
  /** What a manager that died leaves held. */
  private static final Duration LEASE = Duration.ofHours(24);

  Store(Contents contents, Images images, Leases leases, Unpacker unpacker, DefaultDriver snapshotters, Leftovers left,
      String boot) {
    this(contents, images, leases, unpacker, new Documents(contents), snapshotters, left, boot);
  }

  /** The same with another snapshot driver where neither a request nor its namespace names one. */
  Store by(String configured) {
    return new Store(contents, images, leases, unpacker, documents, DefaultDriver.snapshotter(snapshotters.namespaces(), unpacker,
        configured), left, boot);
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
    return leased(scope, Optional.empty(), work);
  }

  /** The same for a pull or fetch; what it has got when it fails stays for {@code grace}. */
  <R> R resumable(Scope scope, Reference reference, Duration grace, Work<R> work) throws IOException {
    return leased(scope, Optional.of(new Resumption(contents, leases, reference, grace, boot)), work);
  }

  private <R> R leased(Scope scope, Optional<Resumption> resumption, Work<R> work) throws IOException {
    Optional<Lease> mine = scope.lease().isPresent() ? Optional.empty()
        : Optional.of(open(scope, resumption.map(Resumption::labels).orElse(Map.of())));
    R made;
    try {
      if (mine.isPresent() && resumption.isPresent()) resumption.get().begin(scope, mine.get());
      made = work.run(mine.isPresent() ? scope.withLease(mine.get().id()) : scope);
    } catch (IOException | RuntimeException | Error e) {
      mine.ifPresent(lease -> left.after(e, scope, what(scope, lease), last -> {
        if (resumption.isPresent()) resumption.get().failed(last, lease, e);
        remove(last, lease);
      }));
      throw e;
    }
    succeeded(scope, mine, resumption);
    return made;
  }

  private Lease open(Scope scope, Map<String, String> labels) throws IOException {
    var all = new HashMap<>(labels);
    all.put(Lease.EXPIRE, Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString());
    return leases.create(scope, "", all);
  }

  /** That somebody else removes it at that moment is found by the next try. */
  private void remove(Scope last, Lease lease) throws IOException {
    if (leases.list(last).stream().anyMatch(l -> l.id().equals(lease.id()))) leases.remove(last, lease.id());
  }

  /** Work that is done stays done where only this fails: what was made is told, and this is tried again. */
  private void succeeded(Scope scope, Optional<Lease> mine, Optional<Resumption> resumption) {
    if (mine.isEmpty() && resumption.isEmpty()) return;
    String what = mine.isPresent() ? what(scope, mine.get()) : "what failed pulls kept in namespace " + scope.namespace();
    try {
      left.run(scope, what, last -> {
        if (resumption.isPresent()) resumption.get().succeeded(last);
        if (mine.isPresent()) remove(last, mine.get());
      });
    } catch (IOException | RuntimeException e) {
      log.debug("{} stays for a moment", what, e); // a warning comes where it stays longer
    }
  }

  private static String what(Scope scope, Lease lease) {
    return "lease " + lease.id() + " of namespace " + scope.namespace();
  }
}
