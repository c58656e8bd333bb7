package io.gantry.runtime.shim;

import io.gantry.api.Mount;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The task service of one shim, of version 2 or 3 (their messages are the same). Errors are those of the wire: {@link TtrpcException}.
 * {@code Wait} is not among the calls: it blocks until an exit, which no call of a driver may (T-3); {@code State} tells the same
 * afterwards.
 */
final class ShimClient implements Closeable {
  private final Ttrpc connection;
  private final String service;
  private final Duration timeout;
  private final Advice advice;

  /** What to say of a shim that does not answer. */
  @FunctionalInterface
  private interface Advice {
    String text() throws IOException;
  }

  private ShimClient(ShimAddress address, Duration timeout, Advice advice) throws IOException {
    this.connection = Ttrpc.connect(address.socket(), timeout);
    this.service = "containerd.task.v" + address.version() + ".Task";
    this.timeout = timeout;
    this.advice = advice;
  }

  /**
   * To a shim that was started just now.
   *
   * @throws UnavailableException it is there, and let nobody in within {@code timeout}
   * @throws IOException nobody listens there
   */
  static ShimClient connect(ShimAddress address, Duration timeout) throws IOException {
    return new ShimClient(address, timeout, () -> "the shim was started just now");
  }

  /** The same to that of a container. */
  static ShimClient connect(TaskId container, TaskFolder.Note note, Duration timeout) throws IOException {
    return new ShimClient(note.address(), timeout, () -> "the shim of " + container + ", " + note.keeper().advice());
  }

  /** Makes the container. @return pid of its first process, which waits to be started */
  long create(TaskId id, Path bundle, List<Mount> rootfs, Stdio stdio, Typed options, Duration limit) throws IOException {
    ProtoWriter w = new ProtoWriter().text(1, id.container()).text(2, bundle.toString());
    for (Mount m : rootfs) {
      ProtoWriter mount = new ProtoWriter().text(1, m.type()).text(2, m.source()).text(3, m.target());
      m.options().forEach(o -> mount.text(4, o));
      w.message(3, mount);
    }
    w.flag(4, stdio.terminal()).text(5, stdio.stdin()).text(6, stdio.stdout()).text(7, stdio.stderr()).message(10, any(options));
    return pid(call("Create", w, limit));
  }

  /** @return its pid */
  long start(TaskId id, Duration limit) throws IOException {
    return pid(call("Start", process(id), limit));
  }

  void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    call("Exec", process(id).flag(3, stdio.terminal()).text(4, stdio.stdin()).text(5, stdio.stdout()).text(6, stdio.stderr())
        .message(7, any(process)));
  }

  TaskState state(TaskId id) throws IOException {
    Status status = Status.UNKNOWN;
    long pid = 0;
    int code = 0;
    boolean terminal = false;
    Instant at = Instant.EPOCH;
    String[] streams = {"", "", ""};
    for (ProtoReader r = call("State", process(id)); r.next(); ) {
      switch (r.field()) {
        case 3 -> pid = r.number();
        case 4 -> status = status(r.number());
        case 5, 6, 7 -> streams[r.field() - 5] = r.text();
        case 8 -> terminal = r.number() != 0;
        case 9 -> code = (int) r.number();
        case 10 -> at = r.time();
        default -> { /* id, bundle, exec id: asked for */ }
      }
    }
    Optional<Exit> exit = status == Status.STOPPED ? Optional.of(new Exit(code & 0xff, at)) : Optional.empty();
    return new TaskState(id, status, exit.isPresent() ? 0 : pid, exit, new Stdio(streams[0], streams[1], streams[2], terminal));
  }

  void kill(TaskId id, int signal, boolean all) throws IOException {
    call("Kill", process(id).number(3, signal).flag(4, all));
  }

  void delete(TaskId id) throws IOException {
    call("Delete", process(id));
  }

  void resize(TaskId id, int columns, int rows) throws IOException {
    call("ResizePty", process(id).number(3, columns).number(4, rows));
  }

  void closeInput(TaskId id) throws IOException {
    call("CloseIO", process(id).flag(3, true));
  }

  void pause(TaskId id) throws IOException {
    call("Pause", new ProtoWriter().text(1, id.container()));
  }

  void resume(TaskId id) throws IOException {
    call("Resume", new ProtoWriter().text(1, id.container()));
  }

  List<Long> pids(TaskId id) throws IOException {
    List<Long> pids = new ArrayList<>();
    for (ProtoReader r = call("Pids", new ProtoWriter().text(1, id.container())); r.next(); ) {
      if (r.field() == 1) pids.add(pid(r.message()));
    }
    return pids;
  }

  void update(TaskId id, Typed resources) throws IOException {
    call("Update", new ProtoWriter().text(1, id.container()).message(2, any(resources)));
  }

  /** What the cgroups of the container count; a shim tells it in the form of the host's cgroups. */
  Typed stats(TaskId id) throws IOException {
    Typed stats = new Typed("", new byte[0]);
    for (ProtoReader r = call("Stats", new ProtoWriter().text(1, id.container())); r.next(); ) {
      if (r.field() == 1) stats = typed(r.message());
    }
    return stats;
  }

  private static Typed typed(ProtoReader any) throws IOException {
    String url = "";
    byte[] value = {};
    while (any.next()) {
      if (any.field() == 1) url = any.text();
      else if (any.field() == 2) value = any.bytes();
    }
    return new Typed(url, value);
  }

  /** @return the shim's own pid */
  int shimPid(TaskId id) throws IOException {
    return (int) pid(call("Connect", new ProtoWriter().text(1, id.container())));
  }

  /** Asks the shim to end; one that keeps other containers does not. Its answer may be lost with it. */
  void shutdown(TaskId id) throws IOException {
    call("Shutdown", new ProtoWriter().text(1, id.container()));
  }

  private ProtoReader call(String method, ProtoWriter request) throws IOException {
    return call(method, request, timeout);
  }

  private ProtoReader call(String method, ProtoWriter request, Duration limit) throws IOException {
    try {
      return new ProtoReader(connection.call(service, method, request.bytes(), limit), "the answer to " + method);
    } catch (UnavailableException e) {
      throw new UnavailableException(e.getMessage() + "; " + advice.text(), e);
    }
  }

  private static ProtoWriter process(TaskId id) {
    return new ProtoWriter().text(1, id.container()).text(2, id.exec());
  }

  private static ProtoWriter any(Typed t) {
    return new ProtoWriter().text(1, t.typeUrl()).message(2, t.value());
  }

  private static long pid(ProtoReader r) throws IOException {
    long pid = 0;
    while (r.next()) {
      if (r.field() == 1) pid = r.number();
    }
    return pid;
  }

  private static Status status(long wire) {
    return switch ((int) wire) {
      case 1 -> Status.CREATED;
      case 2 -> Status.RUNNING;
      case 3 -> Status.STOPPED;
      case 4, 5 -> Status.PAUSED;
      default -> Status.UNKNOWN;
    };
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
