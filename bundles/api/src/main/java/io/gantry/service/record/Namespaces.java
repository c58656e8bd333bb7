package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Namespaces and their labels; one is there from its first record on. */
@ProviderType
public interface Namespaces {
  List<String> list(Scope scope) throws IOException;

  Map<String, String> labels(Scope scope, String namespace) throws IOException;

  void label(Scope scope, String namespace, Map<String, String> changes) throws IOException;
}
