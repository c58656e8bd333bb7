package io.gantry.tasks;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.util.List;

/** The runtime driver of a container by name, one short borrow a call. */
final class RuntimeDriver {
  private final Drivers drivers;
  private final DriverRef ref;
  private final Scope scope;

  RuntimeDriver(Drivers drivers, Scope scope, String name) {
    this.drivers = drivers;
    this.ref = new DriverRef(Runtime.KIND, name);
    this.scope = scope;
  }

  /** What a call does. */
  @FunctionalInterface
  private interface Doing<D> {
    void to(D driver) throws IOException;
  }

  private <D> void run(Class<D> type, Doing<D> doing) throws IOException {
    drivers.call(type, ref, scope, d -> {
      doing.to(d);
      return null;
    });
  }

  /** @throws NotFoundException nobody ever knew this driver */
  static void require(Drivers drivers, DriverRef ref) throws NotFoundException {
    List<DriverRef> known = drivers.list().stream().map(DriverState::ref).distinct().filter(r -> r.kind().equals(ref.kind())).toList();
    if (!known.contains(ref)) throw new NotFoundException("there is no driver " + ref + "; known: " + known);
  }

  void create(TaskSpec spec) throws IOException {
    run(Runtime.class, r -> r.create(spec));
  }

  void start(TaskId id) throws IOException {
    run(Runtime.class, r -> r.start(id));
  }

  void signal(TaskId id, int signal, boolean all) throws IOException {
    run(Runtime.class, r -> r.signal(id, signal, all));
  }

  TaskState state(TaskId id) throws IOException {
    return drivers.call(Runtime.class, ref, scope, r -> r.state(id));
  }

  void delete(TaskId id) throws IOException {
    run(Runtime.class, r -> r.delete(id));
  }

  void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    run(Runtime.class, r -> {
      if (!(r instanceof Exec e)) throw new UnsupportedException("the runtime " + ref + " cannot start more processes in a container");
      e.exec(id, process, stdio);
    });
  }

  void resize(TaskId id, int columns, int rows) throws IOException {
    run(Runtime.class, r -> terminal(r).resize(id, columns, rows));
  }

  void closeInput(TaskId id) throws IOException {
    run(Runtime.class, r -> terminal(r).closeInput(id));
  }

  private Terminal terminal(Runtime r) throws UnsupportedException {
    if (r instanceof Terminal t) return t;
    throw new UnsupportedException("the runtime " + ref + " has no terminals");
  }
}
