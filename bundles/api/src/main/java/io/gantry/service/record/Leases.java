package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Leases of a namespace. */
@ProviderType
public interface Leases {
  /** @param id empty for a new one */
  Lease create(Scope scope, String id, Map<String, String> labels) throws IOException;

  List<Lease> list(Scope scope) throws IOException;

  void remove(Scope scope, String id) throws IOException;

  /**
   * Adds what it holds: kind {@code content}, {@code ingests}, {@code images} or {@code snapshots/NAME}. Without a lease in scope: nothing.
   */
  void hold(Scope scope, String kind, String id) throws IOException;

  /** What it holds, as {@code kind/id}. */
  List<String> held(Scope scope, String lease) throws IOException;
}
