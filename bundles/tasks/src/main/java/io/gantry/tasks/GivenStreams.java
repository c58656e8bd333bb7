package io.gantry.tasks;

import io.gantry.api.InvalidException;
import io.gantry.service.task.TaskProcesses;
import io.gantry.spi.runtime.Stdio;
import java.net.URI;
import java.nio.file.Path;

/** The streams that a client names: as plain paths of its own FIFOs, or as URIs. */
final class GivenStreams {
  private GivenStreams() {}

  /** The same as runtimes take them. @throws InvalidException one is neither an absolute path nor a URI of a kind that is known */
  static Stdio forRuntime(Stdio given) throws InvalidException {
    return new Stdio(uri("stdin", given.stdin()), uri("stdout", given.stdout()), uri("stderr", given.stderr()), given.terminal());
  }

  /** The same, with that for {@link TaskProcesses#LOG}. */
  static Stdio withLog(Stdio given, String log) {
    return new Stdio(given.stdin(), isLog(given.stdout()) ? log : given.stdout(), isLog(given.stderr()) ? log : given.stderr(),
        given.terminal());
  }

  static boolean hasLog(Stdio given) {
    return isLog(given.stdout()) || isLog(given.stderr());
  }

  private static boolean isLog(String uri) {
    return uri.equals(TaskProcesses.LOG);
  }

  private static String uri(String stream, String given) throws InvalidException {
    try {
      if (given.isEmpty() || given.startsWith("binary:///")) return given;
      if (given.startsWith("/")) return "fifo://" + Path.of(given).toUri().getRawPath();
      if (given.startsWith("fifo:///") || given.startsWith("file:///")) return URI.create(given).toString();
    } catch (IllegalArgumentException e) {
      throw refused(stream, given, e);
    }
    throw refused(stream, given, null);
  }

  private static InvalidException refused(String stream, String given, Exception cause) {
    return new InvalidException(stream + " is '" + given + "', expected the absolute path of a FIFO, or a URI fifo:///PATH, file:///PATH or"
        + " binary:///PATH", cause);
  }
}
