package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** The records of containers. Changes are events {@code /containers/create|update|delete}. */
@ProviderType
public interface Containers {
  /** Times and revision are set here. @throws io.gantry.api.AlreadyExistsException the id is taken */
  Container create(Scope scope, Container container) throws IOException;

  Container get(Scope scope, String id) throws IOException;

  Optional<Container> find(Scope scope, String id) throws IOException;

  List<Container> list(Scope scope, String after, int max) throws IOException;

  /** Replaces it, if its revision is still that of {@code container}. @throws io.gantry.api.ConflictException it is not */
  Container update(Scope scope, Container container) throws IOException;

  Container label(Scope scope, String id, Map<String, String> changes) throws IOException;

  void remove(Scope scope, String id) throws IOException;
}
