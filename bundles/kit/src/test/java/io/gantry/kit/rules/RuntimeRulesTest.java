package io.gantry.kit.rules;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.kit.image.Programs;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class RuntimeRulesTest {
  @TestFactory
  Stream<DynamicTest> plainRuntimeKeepsTheRules() {
    return Rules.of(new RuntimeContract(), PlainRuntime::new);
  }

  @TestFactory
  Stream<DynamicTest> wrongRuntimesAreFoundOut() throws IOException {
    Assumptions.assumeTrue(Tree.isRoot(), "containers need root");
    Assumptions.assumeTrue(Programs.find("busybox").isPresent(), "no busybox in the PATH");
    return new Wrongs<>(new RuntimeContract())
        .add("T-1", r -> new PlainRuntime(r) {
          @Override
          List<String> launcher() {
            return List.of("setsid", "--wait"); // in a session of its own, and yet a child
          }
        })
        .add("T-2", Forgets::new)
        .add("T-3", r -> new PlainRuntime(r) {
          @Override
          public long start(TaskId id) throws IOException {
            long pid = super.start(id);
            waits(this, id);
            return pid;
          }
        })
        .add("T-3", r -> new PlainRuntime(r) {
          @Override
          public void delete(TaskId id) throws IOException {
            waits(this, id);
            super.delete(id);
          }
        })
        .add("T-18", r -> new PlainRuntime(r) {
          @Override
          public long start(TaskId id) throws IOException { // asks afterwards
            super.start(id);
            if (Files.readString(at(id).resolve("args")).contains("ends")) waits(this, id);
            return state(id).pid();
          }
        })
        .add("T-18", r -> new PlainRuntime(r) {
          @Override
          public long start(TaskId id) throws IOException { // of what helped to start it
            return super.start(id) + 1;
          }
        })
        .add("T-4", r -> new PlainRuntime(r) {
          @Override
          public void create(TaskSpec spec) throws IOException {
            if (Files.exists(at(spec.id()))) return;
            super.create(spec);
          }
        })
        .add("T-4", r -> new PlainRuntime(r) {
          @Override
          String command(Path source, String name) throws IOException {
            try {
              return super.command(source, name);
            } catch (NotFoundException e) {
              Files.writeString(r.resolve("note"), name);
              throw e;
            }
          }
        })
        .add("T-4", r -> new PlainRuntime(r) {
          @Override
          public void create(TaskSpec spec) throws IOException {
            try {
              super.create(spec);
            } catch (IOException e) {
              Files.writeString(r.resolve("note-" + spec.id().container()), e.toString());
              throw e;
            }
          }
        })
        .add("T-5", r -> new PlainRuntime(r) {
          @Override
          public TaskState state(TaskId id) throws IOException {
            TaskState s = super.state(id);
            return new TaskState(id, s.status(), s.pid(), s.exit().map(e -> new TaskState.Exit(e.code(), Instant.now())), s.stdio());
          }
        })
        .add("T-5", r -> new PlainRuntime(r) {
          @Override
          void lost(TaskId id, long pid) throws IOException { // says that all went well
            Files.writeString(at(id).resolve("exit"), "0 " + System.currentTimeMillis());
          }
        })
        .add("T-5", r -> new PlainRuntime(r) {
          @Override
          int lostCode() {
            return 255; // as if it had not been killed
          }
        })
        .add("T-6", r -> new PlainRuntime(r) {
          @Override
          public void delete(TaskId id) throws IOException {
            if (Files.exists(at(id))) super.delete(id);
          }
        })
        .add("T-6", r -> new PlainRuntime(r) {
          @Override
          void lost(TaskId id, long pid) throws IOException {
            throw new ConflictException("the keeper of " + id + " died");
          }
        })
        .add("T-6", r -> new PlainRuntime(r) {
          @Override
          public void delete(TaskId id) throws IOException {
            TaskState s = state(id);
            if (s.status() == Status.RUNNING) signal(id, 9, true);
            waits(this, id);
            super.delete(id);
          }
        })
        .add("T-7", r -> new PlainRuntime(r) {
          @Override
          String command(Path source, String name) throws IOException { // left to whoever starts it
            return name;
          }
        })
        .add("T-8", r -> new PlainRuntime(r) {
          @Override
          public long start(TaskId id) throws IOException { // content with what is started already
            return state(id).status() == Status.CREATED ? super.start(id) : state(id).pid();
          }
        })
        .add("T-8", r -> new PlainRuntime(r) {
          @Override
          public void signal(TaskId id, int signal, boolean all) throws IOException {
            if (state(id).status() == Status.RUNNING) super.signal(id, signal, all);
          }
        })
        .add("T-8", r -> new PlainRuntime(r) {
          @Override
          public void signal(TaskId id, int signal, boolean all) throws IOException {
            if (Files.exists(at(id))) super.signal(id, signal, all);
          }
        })
        .add("T-16", r -> new PlainRuntime(r) {
          @Override
          String path(String uri) { // as it stands
            return uri.isEmpty() ? super.path(uri) : uri.substring(uri.indexOf(':') + 3);
          }
        })
        .add("T-17", r -> new PlainRuntime(r) {
          @Override
          void remove(TaskId id) throws IOException { // file by file
            LockSupport.parkNanos(10_000_000);
            try (Stream<Path> files = Files.list(at(id))) {
              for (Path f : files.toList()) Files.delete(f);
            }
            Files.delete(at(id));
          }
        })
        .add("T-17", r -> new PlainRuntime(r) {
          @Override
          public TaskState state(TaskId id) throws IOException { // stumbles over what another removes
            return read(id);
          }

          @Override
          long number(TaskId id, String file) throws IOException {
            LockSupport.parkNanos(2_000_000);
            return super.number(id, file);
          }
        }).tests();
  }

  private static void waits(PlainRuntime r, TaskId id) throws IOException {
    while (r.state(id).status() == Status.RUNNING) LockSupport.parkNanos(10_000_000);
  }

  /** Knows in memory alone what it started. */
  private static final class Forgets extends PlainRuntime {
    private final Map<TaskId, Boolean> started = new HashMap<>();

    Forgets(Path root) {
      super(root);
    }

    @Override
    public long start(TaskId id) throws IOException {
      long pid = super.start(id);
      started.put(id, true);
      return pid;
    }

    @Override
    public TaskState state(TaskId id) throws IOException {
      TaskState s = super.state(id);
      return started.containsKey(id) ? s : new TaskState(id, Status.CREATED, 0, Optional.empty(), s.stdio());
    }
  }
}
