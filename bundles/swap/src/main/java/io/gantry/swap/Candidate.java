package io.gantry.swap;

import java.time.Instant;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** A bundle's offer of an instance: a service reference, of which nothing is asked for before its first use. */
final class Candidate {
  private static final long SETTLES_NANOS = 5_000_000_000L;

  final ServiceReference<?> reference;
  final long bundleId;
  final String bundleName;
  final String version;
  final String location;
  final Optional<String> digest; // where it was deployed
  final Instant since = Instant.now();
  volatile boolean gone; // written under the lock of Instances: its service is being unregistered
  String failure = ""; // guarded by the lock of Instances: why its last activation failed
  long failedAt;
  long turned; // when it followed one of its own bundle that was in use; 0 where it did not

  Candidate(ServiceReference<?> reference, Deployed deployed) {
    Bundle bundle = reference.getBundle();
    this.reference = reference;
    this.bundleId = bundle.getBundleId();
    this.bundleName = bundle.getSymbolicName();
    this.location = bundle.getLocation();
    this.digest = deployed.digest(location);
    this.version = bundle.getVersion() + digest.map(d -> "@" + d.substring(0, 12)).orElse("");
  }

  /** Whether its configuration may just have been changed, and whoever changed it may go back since it fails. */
  boolean maySettle(long nanoTime) {
    return turned != 0 && nanoTime - turned < SETTLES_NANOS;
  }

  String label() {
    return bundleName + " " + version + ", bundle " + bundleId;
  }

  Object get(BundleContext context) {
    return context.getService(reference);
  }

  /** Gives it back; where a component has no other user, SCR deactivates it before this returns. */
  void unget(BundleContext context) {
    context.ungetService(reference);
  }
}
