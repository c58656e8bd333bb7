package io.gantry.kit.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.ConflictException;
import io.gantry.api.Typed;
import io.gantry.kit.Outcome;
import io.gantry.kit.Runner;
import io.gantry.kit.image.Programs;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RuntimeExtrasRulesTest {
  @TestFactory
  Stream<DynamicTest> plainRuntimeKeepsTheRules() {
    return Rules.of(new RuntimeExtrasContract(), PlainExtras::new);
  }

  @Test
  void whatADriverIsNotIsSkipped() {
    for (var r : Runner.of(new RuntimeExtrasContract(), PlainRuntime::new).run()) Assertions.assertEquals(Outcome.SKIPPED, r.outcome());
  }

  @TestFactory
  Stream<DynamicTest> wrongRuntimesAreFoundOut() throws IOException {
    Assumptions.assumeTrue(Tree.isRoot(), "containers need root");
    Assumptions.assumeTrue(Programs.find("busybox").isPresent(), "no busybox in the PATH");
    return new Wrongs<io.gantry.spi.runtime.Runtime>(new RuntimeExtrasContract())
        .add("T-9", r -> new PlainExtras(r) {
          @Override
          Path source(TaskId container) { // the host's
            return Path.of("/");
          }
        })
        .add("T-9", r -> new PlainExtras(r) {
          @Override
          public void exec(TaskId id, Typed process, Stdio stdio) throws IOException { // all output to the container's
            String out = Files.readString(at(TaskId.of(id.namespace(), id.container())).resolve("out"));
            super.exec(id, process, new Stdio("", "file://" + out, "", false));
          }
        })
        .add("T-9", r -> new PlainExtras(r) {
          @Override
          void drop(TaskId added) { // still knows of it
          }
        })
        .add("T-9", r -> new PlainExtras(r) {
          @Override
          String command(Path source, String name) { // left to whoever starts it
            return name;
          }
        })
        .add("T-10", r -> new PlainExtras(r) {
          @Override
          public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
            if (!Files.exists(at(id))) super.exec(id, process, stdio);
          }
        })
        .add("T-10", r -> new PlainExtras(r) {
          @Override
          public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
            if (Files.exists(at(id)) && state(id).status() == Status.STOPPED) delete(id); // an id that has ended is free
            super.exec(id, process, stdio);
          }
        })
        .add("T-10", r -> new PlainExtras(r) {
          @Override
          void living(TaskId container) throws IOException {
            known(container);
          }
        })
        .add("T-11", r -> new PlainExtras(r) {
          @Override
          public void resize(TaskId id, int columns, int rows) throws IOException {
            super.resize(id, rows, columns);
          }
        })
        .add("T-11", r -> new PlainExtras(r) {
          @Override
          public void resize(TaskId id, int columns, int rows) throws IOException {
            if (state(id).status() == Status.RUNNING) super.resize(id, columns, rows);
          }
        })
        .add("T-11", r -> new PlainExtras(r) {
          @Override
          public void resize(TaskId id, int columns, int rows) throws IOException {
            if (state(id).status() == Status.CREATED) super.resize(id, columns, rows);
          }
        })
        .add("T-11", r -> new PlainExtras(r) {
          @Override
          void size(TaskId id, int columns, int rows) throws IOException { // of the first process alone
            if (id.exec().isEmpty()) super.size(id, columns, rows);
          }
        })
        .add("T-11", r -> new PlainExtras(r) {
          @Override
          void prepare(TaskId id, Path source, JsonNode process, Stdio stdio) throws IOException { // by resize alone
            super.prepare(id, source, ((ObjectNode) process).without("consoleSize"), stdio);
          }
        })
        .add("T-12", r -> new PlainExtras(r) {
          @Override
          public void closeInput(TaskId id) throws IOException {
            known(id);
          }
        })
        .add("T-12", r -> new PlainExtras(r) {
          @Override
          public long start(TaskId id) throws IOException { // the first writer is the last
            long pid = super.start(id);
            closeInput(id);
            return pid;
          }
        })
        .add("T-12", r -> new PlainExtras(r) {
          @Override
          public void closeInput(TaskId id) throws IOException {
            signal(id, 9, false);
          }
        })
        .add("T-13", r -> new PlainExtras(r) {
          @Override
          void stop(List<Long> pids) { // says so alone
          }
        })
        .add("T-13", r -> new PlainExtras(r) {
          private final Set<TaskId> paused = ConcurrentHashMap.newKeySet();

          @Override
          public void pause(TaskId id) throws IOException {
            super.pause(id);
            paused.add(id);
          }

          @Override
          boolean paused(TaskId id) { // knows it in memory alone
            return paused.contains(id) && super.paused(id);
          }
        })
        .add("T-13", r -> new PlainExtras(r) {
          @Override
          public void delete(TaskId id) throws IOException {
            if (state(id).status() == Status.PAUSED) {
              resume(id);
              signal(id, 9, true);
              until(() -> state(id).status() != Status.RUNNING);
            }
            super.delete(id);
          }
        })
        .add("T-14", r -> new PlainExtras(r) {
          @Override
          public void pause(TaskId id) throws IOException {
            if (state(id).status() != Status.PAUSED) super.pause(id);
          }
        })
        .add("T-14", r -> new PlainExtras(r) {
          @Override
          public void resume(TaskId id) throws IOException {
            if (state(id).status() == Status.PAUSED) super.resume(id);
          }
        })
        .add("T-15", r -> new PlainExtras(r) {
          @Override
          public List<Long> pids(TaskId container) throws IOException {
            TaskState s = state(container);
            return s.pid() == 0 ? List.of() : List.of(s.pid());
          }
        })
        .add("T-15", r -> new PlainExtras(r) {
          @Override
          public List<Long> pids(TaskId container) throws IOException { // those that were added are strangers to it
            return ProcessHandle.of(state(container).pid()).stream().flatMap(p -> Stream.concat(Stream.of(p), p.descendants()))
                .map(ProcessHandle::pid).toList();
          }
        })
        .add("T-15", r -> new PlainExtras(r) {
          @Override
          public List<Long> pids(TaskId container) throws IOException {
            if (state(container).status() == Status.STOPPED) throw new ConflictException(container + " has ended");
            return super.pids(container);
          }
        })
        .add("T-19", r -> new PlainExtras(r) {
          @Override
          public void update(TaskId container, Typed resources) throws IOException { // takes note alone
            document(resources);
          }
        })
        .add("T-19", r -> new PlainExtras(r) {
          @Override
          JsonNode document(Typed resources) throws IOException { // what is not told is without limit
            JsonNode all = super.document(resources);
            return all.has("pids") ? all : ((ObjectNode) all).set("pids", ((ObjectNode) all).objectNode().put("limit", "max"));
          }
        })
        .add("T-20", r -> new PlainExtras(r) {
          @Override
          JsonNode document(Typed resources) { // what cannot be read tells nothing
            try {
              return super.document(resources);
            } catch (IOException e) {
              return new ObjectMapper().createObjectNode();
            }
          }
        })
        .add("T-20", r -> new PlainExtras(r) {
          @Override
          public void update(TaskId container, Typed resources) throws IOException {
            if (state(container).status() == Status.RUNNING) super.update(container, resources);
          }
        })
        .add("T-21", r -> new PlainExtras(r) {
          @Override
          public Typed stats(TaskId container) throws IOException { // of nobody
            known(container);
            return new Typed("plain.Stats", new byte[] {1});
          }
        })
        .add("T-21", r -> new PlainExtras(r) {
          @Override
          public Typed stats(TaskId container) throws IOException {
            return new Typed("", super.stats(container).value());
          }
        })
        .add("T-22", r -> new PlainExtras(r) {
          @Override
          public long killed(TaskId container) throws IOException { // of those that have ended
            return state(container).status() == Status.STOPPED ? super.killed(container) : 0;
          }
        })
        .add("T-22", r -> new PlainExtras(r) {
          @Override
          public long killed(TaskId container) throws IOException { // of those that run
            return state(container).status() == Status.RUNNING ? super.killed(container) : 0;
          }
        })
        .add("T-22", r -> new PlainExtras(r) {
          @Override
          public long killed(TaskId container) throws IOException { // guesses by the code
            TaskState s = state(container);
            return s.exit().isPresent() && s.exit().get().code() == 137 ? Math.max(1, super.killed(container)) : super.killed(container);
          }
        })
        .add("T-22", r -> new PlainExtras(r) {
          private long last;

          @Override
          public long killed(TaskId container) throws IOException { // since it was asked last
            long all = super.killed(container);
            long since = all - last;
            last = all;
            return since;
          }
        })
        .add("T-22", r -> new PlainExtras(r) {
          @Override
          public long killed(TaskId container) throws IOException { // of one that is not there, none
            return Files.exists(at(container)) ? super.killed(container) : 0;
          }
        })
        .add("T-23", r -> new PlainExtras(r) {
          @Override
          public Path bundle(TaskId container) throws IOException { // of all
            known(container);
            return root;
          }
        })
        .add("T-23", r -> new PlainExtras(r) {
          @Override
          public Path bundle(TaskId container) { // where it would be
            return at(container).toAbsolutePath();
          }
        })
        .add("T-23", r -> new PlainExtras(r) {
          @Override
          public Path bundle(TaskId container) throws IOException { // of what runs alone
            if (state(container).status() == Status.STOPPED) throw new io.gantry.api.NotFoundException(container + " has ended");
            return super.bundle(container);
          }
        }).tests();
  }
}
