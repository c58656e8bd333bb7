package io.gantry.service.mount;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.service.record.Damaged;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes mounts in the host's mount namespace and keeps the table of them. A mount that somebody else took away is noticed, not an error.
 * An upper folder is never mounted twice: where it is mounted already, that mount is adopted, or bound.
 */
@ProviderType
public interface Mounts {
  /**
   * An active mount.
   *
   * @param name unique, given by the caller
   * @param target where it is
   * @param holds what it shows, in words (an image, a snapshot key)
   * @param present whether mountinfo still has it
   */
  record Active(String name, Path target, List<Mount> mounts, String holds, boolean present) {}

  /**
   * Mounts the list on {@code target}, which must be an empty folder or not exist.
   *
   * @throws io.gantry.api.AlreadyExistsException the name or the target is in use
   */
  Active activate(Scope scope, String name, List<Mount> mounts, Path target, String holds) throws IOException;

  /**
   * Unmounts and forgets; success when it is not there.
   *
   * @throws io.gantry.api.CorruptException its record is damaged, so where it is is not known
   */
  void deactivate(Scope scope, String name) throws IOException;

  /**
   * The same where its caller knows where it is: one whose record is damaged is taken away too, with whatever is mounted there. A folder
   * that was made for such a one stays, unless it is a {@link #temporary} one.
   *
   * @param target of {@link #activate}; that of a record that can be read counts more
   * @throws io.gantry.api.ConflictException it is in use
   */
  void deactivate(Scope scope, String name, Path target) throws IOException;

  /** @throws io.gantry.api.CorruptException its record is damaged */
  Optional<Active> find(Scope scope, String name) throws IOException;

  List<Active> list(Scope scope) throws IOException;

  /** Those that {@link #list} leaves out, by their names, since their records cannot be read. */
  List<Damaged> damaged(Scope scope) throws IOException;

  /** A folder for a short-lived mount, below the state folder. */
  Path temporary(Scope scope, String name) throws IOException;
}
