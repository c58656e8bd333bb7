package io.gantry.service.driver;

import io.gantry.api.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Installs, updates, rolls back and removes driver bundles; what it did is in {@code drivers.lock} and is so after a restart. */
@ProviderType
public interface Deployments {
  /**
   * Installs a bundle of new drivers. Their configuration files are there already: a bundle without an instance is refused.
   *
   * @throws io.gantry.api.AlreadyExistsException it brings an instance that another bundle has; use {@link #update}
   * @throws io.gantry.api.InvalidException it is no bundle, exports our packages, or imports what we do not have; nothing was changed
   */
  List<DriverState> install(Scope scope, Path jar) throws IOException;

  /** Promotes the jar's build of an instance; its siblings of the same bundle are promoted with it. */
  List<Promotion> update(Scope scope, DriverRef ref, Path jar) throws IOException;

  /** Promotes the build before. @throws io.gantry.api.ConflictException there is none */
  List<Promotion> rollback(Scope scope, DriverRef ref) throws IOException;

  /** Takes the bundle of an instance away; its data stay. */
  void remove(Scope scope, DriverRef ref) throws IOException;

  List<Deployment> list(Scope scope);

  /** What is wrong at this moment with files in {@code config/} or with jars that are to be in use: one line each, file and key named. */
  List<String> problems(Scope scope);
}
