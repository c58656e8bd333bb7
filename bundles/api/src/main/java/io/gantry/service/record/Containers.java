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
  /**
   * Makes one; times and revision are set here. Spec, options and extensions are kept byte for byte.
   *
   * @throws io.gantry.api.AlreadyExistsException the id is taken
   * @throws io.gantry.api.InvalidException the id is not letters and digits joined by {@code . _ -} (at most 76), a label is wrong, an
   *     extension has no name or one of more than 4096 bytes, the spec takes more than 4 MiB, which is what a start reads, or there is a
   *     key of a snapshot and no snapshotter
   */
  Container create(Scope scope, Container container) throws IOException;

  Container get(Scope scope, String id) throws IOException;

  Optional<Container> find(Scope scope, String id) throws IOException;

  /** What {@link #get} would give, where that is known without waiting ({@link Table#recent}); empty where only {@link #get} can tell. */
  Optional<Container> recent(Scope scope, String id);

  /** A page in order of id; empty behind the last. */
  List<Container> list(Scope scope, String after, int max) throws IOException;

  /** Those that {@link #list} leaves out, since they cannot be read; none of another manager, whose log tells. */
  default List<Damaged> damaged(Scope scope) throws IOException {
    return List.of();
  }

  /**
   * Replaces it, if its revision is still that of {@code container}.
   *
   * @throws io.gantry.api.ConflictException it is not
   * @throws io.gantry.api.InvalidException as {@link #create}
   */
  Container update(Scope scope, Container container) throws IOException;

  /**
   * Replaces what the mask names, by what {@code container} has; its times and revision do not matter.
   *
   * @param mask of {@code labels}, {@code labels.KEY} (no or an empty value removes), {@code spec}, {@code extensions}, {@code
   *     extensions.NAME}, {@code image} and {@code snapshotkey} (or {@code snapshot_key}); empty replaces all of them
   * @throws io.gantry.api.NotFoundException no such container
   * @throws io.gantry.api.InvalidException the mask has another path, or is empty and snapshotter, runtime or sandbox differ, which nothing
   *     changes; or as {@link #create}
   */
  Container update(Scope scope, Container container, List<String> mask) throws IOException;

  Container label(Scope scope, String id, Map<String, String> changes) throws IOException;

  /** Also one that is damaged. @throws io.gantry.api.NotFoundException no such container */
  void remove(Scope scope, String id) throws IOException;
}
