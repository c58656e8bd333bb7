package io.gantry.service.task;

/**
 * Names a process of a container; the namespace is that of the scope.
 *
 * @param container its id
 * @param exec id of a process that was added to it; empty for its first, which is the task
 */
public record ProcessRef(String container, String exec) {
  /** The task itself. */
  public static ProcessRef first(String container) {
    return new ProcessRef(container, "");
  }

  @Override
  public String toString() {
    return exec.isEmpty() ? "task " + container : "process " + exec + " of task " + container;
  }
}
