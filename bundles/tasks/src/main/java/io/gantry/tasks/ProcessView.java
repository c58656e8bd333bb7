package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import io.gantry.service.record.Table.Row;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.tasks.TaskRow.Given;
import io.gantry.tasks.TaskRow.Phase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is asked and told of processes that are there, whoever made them. Nothing here changes what is written down. */
final class ProcessView {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessView.class);
  private static final int PAGE = 500;
  /** Of a damaged record lists tell once, of so many of them at most. */
  private static final int TOLD = 1000;
  private final Parts parts;
  private final Lives lives;
  private final Attachments attachments;
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  ProcessView(Parts parts, Lives lives, Attachments attachments) {
    this.parts = parts;
    this.lives = lives;
    this.attachments = attachments;
  }

  /** A process that is there. @param row empty for one that {@code Tasks.exec} started, of which nothing is written down */
  private record Found(TaskId id, RuntimeDriver runtime, Optional<TaskRow> row) {
    Optional<Exit> exit() {
      return row.flatMap(TaskRow::exit);
    }
  }

  private Found find(Scope scope, ProcessRef ref) throws IOException {
    TaskId id = Steps.id(scope, ref);
    Container c = parts.containers().get(scope, ref.container());
    Optional<TaskRow> row = TaskRow.find(parts.table(), scope, TaskRow.key(id)).filter(r -> r.phase() != Phase.CREATING);
    if (row.isEmpty() && lives.find(id).isEmpty()) throw new NotFoundException(ref + ": not found");
    return new Found(id, new RuntimeDriver(parts.drivers(), scope, c.runtime()), row);
  }

  TaskProcess get(Scope scope, ProcessRef ref) throws IOException {
    Found f = find(scope, ref);
    if (f.exit().isPresent()) return ended(f.row().get());
    TaskState state = f.runtime().state(f.id());
    if (state.status() == Status.STOPPED || state.status() == Status.UNKNOWN) {
      Optional<TaskRow> now = TaskRow.find(parts.table(), scope, TaskRow.key(f.id())); // its end may have been written down since
      if (now.isPresent() && now.get().exit().isPresent()) return ended(now.get());
    }
    long pid = state.pid() != 0 ? state.pid() : f.row().map(TaskRow::pid).orElse(0);
    return new TaskProcess(ref, state.status(), pid, state.exit(), stdio(f.row(), attachments.shared(f.id(), state.stdio())));
  }

  private static TaskProcess ended(TaskRow row) {
    int slash = row.id().indexOf('/');
    ProcessRef ref = slash < 0 ? ProcessRef.first(row.id()) : new ProcessRef(row.id().substring(0, slash), row.id().substring(slash + 1));
    return new TaskProcess(ref, Status.STOPPED, row.pid(), row.exit(), stdio(Optional.of(row), Stdio.NONE));
  }

  private static Stdio stdio(Optional<TaskRow> row, Stdio otherwise) {
    return row.flatMap(TaskRow::given).map(Given::stdio).orElse(otherwise);
  }

  List<TaskProcess> list(Scope scope, String after, int max) throws IOException {
    var page = new ArrayList<TaskProcess>();
    String last = after;
    for (List<Row> rows = rows(scope, last); !rows.isEmpty() && page.size() < max; rows = rows(scope, last)) {
      for (Row r : rows) {
        if (page.size() < max) listed(scope, r.id()).ifPresent(page::add);
      }
      last = rows.getLast().id();
    }
    return List.copyOf(page);
  }

  private List<Row> rows(Scope scope, String after) throws IOException {
    return parts.table().list(scope, TaskRow.TABLE, after, PAGE);
  }

  private Optional<TaskProcess> listed(Scope scope, String id) throws IOException {
    try {
      return Optional.of(get(scope, ProcessRef.first(id)));
    } catch (NotFoundException gone) {
      return Optional.empty(); // or not there yet
    } catch (CorruptException e) {
      if (told.size() < TOLD && told.add(scope.namespace() + " " + e.getMessage())) LOG.warn("{}", e.getMessage());
      return Optional.of(new TaskProcess(ProcessRef.first(id), Status.UNKNOWN, 0, Optional.empty(), Stdio.NONE));
    } catch (InterruptedIOException e) {
      throw e; // of the caller, not of the runtime
    } catch (IOException | RuntimeException away) { // of a driver nobody knows what it throws
      Optional<TaskRow> row = TaskRow.find(parts.table(), scope, id);
      return Optional.of(new TaskProcess(ProcessRef.first(id), Status.UNKNOWN, row.map(TaskRow::pid).orElse(0), Optional.empty(),
          stdio(row, Stdio.NONE)));
    }
  }

  Exit await(Scope scope, ProcessRef ref) throws IOException {
    Optional<Live> live = lives.find(Steps.id(scope, ref));
    if (live.isPresent()) return live.get().await(ref.toString(), scope.deadline());
    return find(scope, ref).exit().orElseThrow(() -> new ConflictException("wait for " + ref + ": it is not watched at this moment"));
  }

  void kill(Scope scope, ProcessRef ref, int signal, boolean all) throws IOException {
    Found f = find(scope, ref);
    if (f.exit().isPresent()) throw new NotFoundException("kill " + ref + ": process already finished");
    try {
      f.runtime().signal(f.id(), signal, all);
    } catch (ConflictException | NotFoundException e) {
      throw new NotFoundException("kill " + ref + ": process already finished", e);
    }
  }

  private Found alive(Scope scope, ProcessRef ref, String doing) throws IOException {
    Found f = find(scope, ref);
    if (f.exit().isPresent()) throw new ConflictException(doing + " " + ref + ": it has ended");
    return f;
  }

  void resize(Scope scope, ProcessRef ref, TerminalSize size) throws IOException {
    Found f = alive(scope, ref, "resize the terminal of");
    f.runtime().resize(f.id(), size.columns(), size.rows());
  }

  void closeInput(Scope scope, ProcessRef ref) throws IOException {
    Found f = alive(scope, ref, "close the input of");
    f.runtime().closeInput(f.id());
  }

  void pause(Scope scope, String container) throws IOException {
    Found f = alive(scope, ProcessRef.first(container), "pause");
    f.runtime().pause(f.id());
    parts.events().publish(scope, "/tasks/paused", Map.of("container_id", container));
  }

  void resume(Scope scope, String container) throws IOException {
    Found f = alive(scope, ProcessRef.first(container), "resume");
    f.runtime().resume(f.id());
    parts.events().publish(scope, "/tasks/resumed", Map.of("container_id", container));
  }

  List<TaskPid> pids(Scope scope, String container) throws IOException {
    Found f = find(scope, ProcessRef.first(container));
    if (f.exit().isPresent()) return List.of();
    Map<Long, String> execs = lives.execs(f.id());
    return f.runtime().pids(f.id()).stream().map(p -> new TaskPid(p, execs.getOrDefault(p, ""))).toList();
  }

  void update(Scope scope, String container, Typed resources) throws IOException {
    Found f = alive(scope, ProcessRef.first(container), "change the limits of");
    f.runtime().update(f.id(), resources);
  }

  /** Also of one that has ended, as long as it is with its runtime until its client deletes it. */
  Typed stats(Scope scope, String container) throws IOException {
    Found f = find(scope, ProcessRef.first(container));
    boolean kept = f.row().flatMap(TaskRow::given).isPresent();
    if (f.exit().isPresent() && !kept) throw new ConflictException("tell what is used by " + container + ": it has ended");
    return f.runtime().stats(f.id());
  }
}
