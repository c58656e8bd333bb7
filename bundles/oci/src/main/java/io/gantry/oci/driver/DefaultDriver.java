package io.gantry.oci.driver;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Namespaces;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.util.List;

/**
 * The driver of a call: the one it names; where it names none, that of a label of its namespace; where there is no such label, that of the
 * configuration. This is the one place of the rule. The labels are containerd's, whose clients read them by themselves.
 *
 * @param namespaces whose labels count
 * @param label {@link #SNAPSHOTTER} or {@link #RUNTIME}
 * @param configured name of the driver where neither a call nor a label names one; may be empty, where somebody else decides then
 * @param trial of a name that comes from the label
 */
public record DefaultDriver(Namespaces namespaces, String label, String configured, Trial trial) {
  public static final String SNAPSHOTTER = "containerd.io/defaults/snapshotter";
  public static final String RUNTIME = "containerd.io/defaults/runtime";

  /** Whether there is a driver of a name. */
  @FunctionalInterface
  public interface Trial {
    /**
     * @throws NotFoundException there is none of that name
     * @throws InvalidException it is no name; IllegalArgumentException means the same
     */
    void of(Scope scope, String name) throws IOException;
  }

  /** That of snapshots. */
  public static DefaultDriver snapshotter(Namespaces namespaces, Unpacker unpacker, String configured) {
    return new DefaultDriver(namespaces, SNAPSHOTTER, configured, (scope, name) -> unpacker.present(scope, name, List.of()));
  }

  /**
   * Its name.
   *
   * @param asked what the call names; empty where it names none
   * @throws NotFoundException the label names a driver that is not there; the message says which label, of which namespace
   * @throws InvalidException the same of what is no name
   */
  public String of(Scope scope, String asked) throws IOException {
    if (!asked.isEmpty()) return asked;
    String name = namespaces.labels(scope, scope.namespace()).getOrDefault(label, "");
    if (name.isEmpty()) return configured;
    try {
      trial.of(scope, name);
    } catch (NotFoundException e) {
      throw new NotFoundException(told(scope, name, e), e);
    } catch (InvalidException | IllegalArgumentException e) {
      throw new InvalidException(told(scope, name, e), e);
    }
    return name;
  }

  private String told(Scope scope, String name, Exception e) {
    return "the label " + label + " of namespace \"" + scope.namespace() + "\" says '" + name + "': " + e.getMessage()
        + "; mend it by namespace:label, or name a driver by an option";
  }
}
