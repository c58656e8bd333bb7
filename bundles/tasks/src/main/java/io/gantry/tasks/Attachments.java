package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.service.record.Container;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.tasks.TaskRow.Given;
import io.gantry.tasks.TaskRow.Phase;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins whoever comes later to the streams of a container's first process, as these are. */
final class Attachments {
  private static final Logger LOG = LoggerFactory.getLogger(Attachments.class);
  private static final String FIFO = "fifo://";
  private static final String FILE = "file://";
  private final Parts parts;
  private final Lives lives;
  private final LogFiles logs;
  private final Path fifos;

  Attachments(Parts parts, Lives lives, LogFiles logs, Path fifos) {
    this.parts = parts;
    this.lives = lives;
    this.logs = logs;
    this.fifos = fifos;
  }

  Attached attach(Scope scope, Container c) throws IOException {
    TaskId id = Launch.id(scope, c.id());
    TaskRow row = TaskRow.find(parts.table(), scope, c.id()).filter(r -> r.phase() != Phase.CREATING && r.exit().isEmpty())
        .orElseThrow(() -> ended(c));
    Live live = lives.find(id).orElseThrow(() -> ended(c));
    var runtime = new RuntimeDriver(parts.drivers(), scope.lasting(), c.runtime());
    Stdio stdio = row.given().isPresent() ? given(row.given().get()) : own(runtime, id);
    var undo = new Undo();
    try {
      InputStream out = open(id, "stdout", stdio.stdout(), live);
      undo.push(out::close);
      boolean one = stdio.terminal() || stdio.stderr().equals(stdio.stdout());
      InputStream err = one ? InputStream.nullInputStream() : open(id, "stderr", stdio.stderr(), live);
      return new LateAttached(runtime, id, live, stdio, out, err);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      undo.all(e);
      throw e;
    }
  }

  private static ConflictException ended(Container c) {
    return new ConflictException("container '" + c.id() + "' does not run (any more); ctr:logs shows what it wrote");
  }

  private static Stdio given(Given given) throws IOException {
    return GivenStreams.forRuntime(given.stdio());
  }

  private Stdio own(RuntimeDriver runtime, TaskId id) throws IOException {
    return shared(id, runtime.state(id).stdio());
  }

  /**
   * The streams of a process as anybody else may have them. Pipes of ours are read by this manager alone, or another reader would take what
   * it gets away from all others; what a first process says it passes on to the log.
   */
  Stdio shared(TaskId id, Stdio stdio) {
    if (Fifos.find(fifos, id).isEmpty()) return stdio;
    String log = id.exec().isEmpty() ? logs.uri(id.namespace(), id.container()) : "";
    return new Stdio(stdio.stdin(), log, stdio.terminal() ? "" : log, stdio.terminal());
  }

  /** The file that a client gave to a container's first process for its output; empty where it gave none, or that is no file (any more). */
  Optional<Path> givenFile(Scope scope, String id) throws IOException {
    try {
      return TaskRow.find(parts.table(), scope, id).flatMap(TaskRow::given).map(g -> g.stdio().stdout()).filter(s -> s.startsWith(FILE))
          .map(Attachments::path).filter(Files::isRegularFile);
    } catch (CorruptException e) {
      LOG.warn("the log of {} is looked for where those of the manager are: {}", id, e.getMessage());
      return Optional.empty();
    }
  }

  private static InputStream open(TaskId id, String stream, String uri, Live live) throws IOException {
    if (uri.isEmpty()) return InputStream.nullInputStream();
    if (uri.startsWith(FILE)) return LogFiles.follow(path(uri), live);
    if (uri.startsWith(FIFO)) return FifoOutput.join(path(uri), live);
    throw new UnsupportedException(id + " passes its " + stream + " on to a program, " + uri + ", which alone has it; see what that keeps");
  }

  static Path path(String uri) {
    return Path.of(URI.create(uri).getPath());
  }
}
