package io.gantry.oci.task;

import io.gantry.api.ConflictException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The start of a container that does not run: {@link io.gantry.service.task.Tasks#start}, of a manager here or elsewhere. */
public record Restart(Containers containers, Snapshots snapshots, TaskProcesses processes) {
  /** As {@link io.gantry.service.task.Tasks#start}. */
  public void start(Scope scope, String id) throws IOException {
    Container c = containers.get(scope, id);
    ProcessRef first = ProcessRef.first(id);
    Optional<TaskProcess> task = find(scope, first);
    if (task.isPresent()) {
      switch (task.get().status()) {
        case CREATED -> { }
        case STOPPED -> {
          processes.delete(scope, first);
          create(scope, c);
        }
        case RUNNING -> throw new ConflictException("container '" + id + "' runs already");
        case PAUSED -> throw new ConflictException("container '" + id + "' is paused; ctr:resume lets it go on");
        case UNKNOWN -> throw new ConflictException("it cannot be told at the moment whether container '" + id + "' runs; see ctr:info");
      }
    } else {
      create(scope, c);
    }
    processes.start(scope, first);
  }

  private Optional<TaskProcess> find(Scope scope, ProcessRef first) throws IOException {
    try {
      return Optional.of(processes.get(scope, first));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  private void create(Scope scope, Container c) throws IOException {
    List<Mount> rootfs = c.snapshotKey().isEmpty() ? List.of() : snapshots.mounts(scope, c.snapshotter(), c.snapshotKey());
    processes.create(scope, new TaskRequest(c.id(), rootfs, TaskProcesses.logged(hasTerminal(c)), Optional.empty()));
  }

  private static boolean hasTerminal(Container c) throws IOException {
    Optional<JsonObject> process = Json.object(c.spec().value(), "spec of container " + c.id()).find("process");
    return process.isPresent() && process.get().flag("terminal");
  }
}
