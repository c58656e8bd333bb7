package io.gantry.swap;

import java.time.Instant;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** A bundle's offer of an instance: a service reference, of which nothing is asked for before its first use. */
final class Candidate {
  static final String DEPLOYED = "sha256:";

  final ServiceReference<?> reference;
  final long bundleId;
  final String bundleName;
  final String version;
  final String location;
  final Instant since = Instant.now();
  volatile boolean gone; // written under the board's lock: its service is being unregistered
  String failure = ""; // guarded by the board's lock: why its last activation failed
  long failedAt;

  Candidate(ServiceReference<?> reference) {
    Bundle bundle = reference.getBundle();
    this.reference = reference;
    this.bundleId = bundle.getBundleId();
    this.bundleName = bundle.getSymbolicName();
    this.location = bundle.getLocation();
    this.version = bundle.getVersion() + digest().map(d -> "@" + d.substring(0, Math.min(12, d.length()))).orElse("");
  }

  Optional<String> digest() {
    return location.startsWith(DEPLOYED) ? Optional.of(location.substring(DEPLOYED.length())) : Optional.empty();
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
