package io.gantry.spi.runtime;

import java.util.regex.Pattern;

/**
 * A process in a container.
 *
 * @param namespace of the container
 * @param container its id: letters and digits joined by {@code . _ -}, at most 76 characters
 * @param exec id of an additional process; empty for the container's first
 */
public record TaskId(String namespace, String container, String exec) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*");

  public TaskId {
    check("namespace", namespace);
    check("container id", container);
    if (!exec.isEmpty()) check("exec id", exec);
  }

  public static TaskId of(String namespace, String container) {
    return new TaskId(namespace, container, "");
  }

  public TaskId withExec(String id) {
    return new TaskId(namespace, container, id);
  }

  private static void check(String what, String id) {
    if (id.length() > 76 || !ID.matcher(id).matches()) {
      throw new IllegalArgumentException(what + " '" + (id.length() > 80 ? id.substring(0, 80) + "…" : id)
          + "' is not letters and digits joined by . _ - (at most 76)");
    }
  }

  @Override
  public String toString() {
    return namespace + "/" + container + (exec.isEmpty() ? "" : "/" + exec);
  }
}
