package io.gantry.tasks;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.spi.runtime.Bundle;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The runtime driver of a container by name, one short borrow a call. That nobody knows the driver, as where its configuration is moved
 * away for a moment, is UnavailableException: NotFoundException comes from the driver alone, and tells that it has no such process.
 */
final class RuntimeDriver {
  private static final String RUNC = "io.containerd.runc.v2";
  private static final Set<String> OLD = Set.of("io.containerd.runc.v1", "io.containerd.runtime.v1.linux");
  private final Drivers drivers;
  private final String name;
  private final Scope scope;

  /** @param name as the container's record has it; whether it is one is asked by the calls */
  RuntimeDriver(Drivers drivers, Scope scope, String name) {
    this.drivers = drivers;
    this.name = name;
    this.scope = scope;
  }

  /**
   * The driver that a runtime's name means. What containerd's clients of before 1.4 call their runc is ours, whose shim does the same,
   * unless a driver has that name itself.
   *
   * @throws UnsupportedException it is the path of a shim's program
   * @throws InvalidException it is no name
   */
  private static DriverRef ref(Scope scope, Drivers drivers, String name) throws UnsupportedException, InvalidException {
    if (name.indexOf('/') >= 0) {
      throw new UnsupportedException("the runtime '" + name + "' is the path of a program, and a runtime is a driver of this manager: set "
          + "shim.path to that path in config/runtime.shim~NAME.cfg, and give NAME as the runtime");
    }
    DriverRef own;
    try {
      own = new DriverRef(Runtime.KIND, name);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
    return OLD.contains(name) && !known(scope, drivers, own) ? new DriverRef(Runtime.KIND, RUNC) : own;
  }

  private static boolean known(Scope scope, Drivers drivers, DriverRef ref) {
    return drivers.list(scope).stream().anyMatch(d -> d.ref().equals(ref));
  }

  /** What a call does. */
  @FunctionalInterface
  private interface Doing<D> {
    void to(D driver) throws IOException;
  }

  private <D> void run(Class<D> type, Doing<D> doing) throws IOException {
    ask(type, d -> {
      doing.to(d);
      return null;
    });
  }

  private <D, R> R ask(Class<D> type, DriverCall<D, R> call) throws IOException {
    DriverRef ref = ref(scope, drivers, name);
    var reached = new AtomicBoolean();
    try {
      return drivers.call(type, ref, scope, d -> {
        reached.set(true);
        return call.with(d);
      });
    } catch (NotFoundException e) {
      if (reached.get()) throw e;
      throw new UnavailableException("the runtime " + ref + " is not known at this moment, so what it runs cannot be asked for; give it its"
          + " configuration again", e);
    }
  }

  /** Whether there is such a driver, be it absent or failed. */
  boolean known() {
    try {
      return known(scope, drivers, ref(scope, drivers, name));
    } catch (UnsupportedException | InvalidException e) {
      return false;
    }
  }

  /**
   * @throws NotFoundException nobody ever knew this driver
   * @throws InvalidException the name is none
   * @throws UnsupportedException it is a path
   */
  static void require(Scope scope, Drivers drivers, String runtime) throws NotFoundException, InvalidException, UnsupportedException {
    require(scope, drivers, ref(scope, drivers, runtime));
  }

  /** @throws NotFoundException nobody ever knew this driver */
  static void require(Scope scope, Drivers drivers, DriverRef ref) throws NotFoundException {
    List<DriverRef> known = drivers.list(scope).stream().map(DriverState::ref).distinct().filter(r -> r.kind().equals(ref.kind())).toList();
    if (!known.contains(ref)) throw new NotFoundException("there is no driver " + ref + "; known: " + known);
  }

  void create(TaskSpec spec) throws IOException {
    run(Runtime.class, r -> r.create(spec));
  }

  long start(TaskId id) throws IOException {
    return ask(Runtime.class, r -> r.start(id));
  }

  void signal(TaskId id, int signal, boolean all) throws IOException {
    run(Runtime.class, r -> r.signal(id, signal, all));
  }

  TaskState state(TaskId id) throws IOException {
    return ask(Runtime.class, r -> r.state(id));
  }

  void delete(TaskId id) throws IOException {
    run(Runtime.class, r -> r.delete(id));
  }

  void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    run(Runtime.class, r -> {
      if (!(r instanceof Exec e)) throw new UnsupportedException("the runtime " + name + " cannot start more processes in a container");
      e.exec(id, process, stdio);
    });
  }

  void resize(TaskId id, int columns, int rows) throws IOException {
    run(Runtime.class, r -> terminal(r).resize(id, columns, rows));
  }

  void closeInput(TaskId id) throws IOException {
    run(Runtime.class, r -> terminal(r).closeInput(id));
  }

  void pause(TaskId container) throws IOException {
    run(Runtime.class, r -> as(Pause.class, r, "freeze containers").pause(container));
  }

  void resume(TaskId container) throws IOException {
    run(Runtime.class, r -> as(Pause.class, r, "freeze containers").resume(container));
  }

  List<Long> pids(TaskId container) throws IOException {
    return ask(Runtime.class, r -> as(Processes.class, r, "list processes").pids(container));
  }

  void update(TaskId container, Typed resources) throws IOException {
    run(Runtime.class, r -> as(Limits.class, r, "change limits").update(container, resources));
  }

  Typed stats(TaskId container) throws IOException {
    return ask(Runtime.class, r -> as(Stats.class, r, "tell what a container uses").stats(container));
  }

  /** 0 of a runtime that does not count. */
  long killed(TaskId container) throws IOException {
    return ask(Runtime.class, r -> r instanceof OutOfMemory o ? o.killed(container) : 0L);
  }

  /** The folder of its bundle; empty of a runtime that has none, or cannot be asked at this moment. */
  String bundle(TaskId container) {
    try {
      return ask(Runtime.class, r -> r instanceof Bundle b ? b.bundle(container).toString() : "");
    } catch (IOException away) {
      return ""; // nothing depends on it
    }
  }

  private <X> X as(Class<X> type, Runtime r, String what) throws UnsupportedException {
    if (type.isInstance(r)) return type.cast(r);
    throw new UnsupportedException("the runtime " + name + " cannot " + what);
  }

  private Terminal terminal(Runtime r) throws UnsupportedException {
    if (r instanceof Terminal t) return t;
    throw new UnsupportedException("the runtime " + name + " has no terminals");
  }
}
