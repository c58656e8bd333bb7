package io.gantry.runtime.shim;

import io.gantry.api.UnavailableException;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a shim's program: {@code start}, which leaves a shim behind and ends, and {@code delete}, which cleans up after a shim that died.
 *
 * <p>The address of events is one that nobody listens at: a shim tries a few times and drops them, so they could not be relied on anyway.
 * It makes the shim's socket a different one for each manager, since shims hash (address, namespace, id) into its name. Output goes to
 * files, since a pipe's end would stay open in the shim.
 */
final class ShimCommand {
  private static final int MAX_OUTPUT = 1 << 16;
  private final Settings settings;
  private final Path events;

  /** @param events the address for events, below the manager's own state folder */
  ShimCommand(Settings settings, Path events) {
    this.settings = settings;
    this.events = events;
  }

  /** Starts a shim for the folder's container. */
  ShimAddress start(TaskFolder folder) throws IOException {
    Path out = folder.dir().resolve("start.out");
    run(folder, "start", Redirect.to(out.toFile()));
    return ShimAddress.parse(text(out));
  }

  /** Kills what a dead shim left of its container, and unmounts its file system. Succeeds also where nothing is left. */
  void delete(TaskFolder folder) throws IOException {
    run(folder, "delete", Redirect.DISCARD); // there may be no room for what it says, and then it would fail
  }

  /** The arguments that tell this container's shim from all others. */
  List<String> identity(TaskFolder folder) {
    return List.of("-namespace", folder.id().namespace(), "-id", folder.id().container(), "-address", events.toString());
  }

  private void run(TaskFolder folder, String action, Redirect out) throws IOException {
    Path err = folder.dir().resolve(action + ".err");
    ProcessBuilder b = new ProcessBuilder(settings.shim().toString());
    b.command().addAll(identity(folder));
    b.command().addAll(List.of("-publish-binary", settings.idle().toString(), "-bundle", folder.dir().toString(), action));
    b.directory(folder.dir().toFile());
    b.environment().clear();
    b.environment().put("PATH", settings.path());
    b.redirectInput(Redirect.from(new File("/dev/null"))).redirectOutput(out).redirectError(err.toFile());
    Process p = b.start();
    try {
      if (!p.waitFor(settings.create().toMillis(), TimeUnit.MILLISECONDS)) {
        p.destroyForcibly();
        throw new UnavailableException(settings.shim() + " " + action + " for " + folder.id() + " did not end within "
            + settings.create().toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      p.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(settings.shim() + " " + action + " was interrupted");
    }
    if (p.exitValue() != 0) {
      throw new UnavailableException(settings.shim() + " " + action + " for " + folder.id() + " ended with " + p.exitValue() + ": "
          + text(err).strip());
    }
  }

  private static String text(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
    }
  }
}
