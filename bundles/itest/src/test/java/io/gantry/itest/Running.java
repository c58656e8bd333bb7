package io.gantry.itest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code ctr} that runs; ended when this is closed. */
record Running(Process process, Path out, Path err) implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  static Running begin(Ctr side, List<String> words) throws IOException {
    Path out = Files.createTempFile(side.folder(), "out", "");
    Path err = Files.createTempFile(side.folder(), "err", "");
    Process p = new ProcessBuilder(side.command(words)).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Running(p, out, err);
  }

  String text() throws IOException {
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  /** Until its output has a text. */
  Running until(String text) throws Exception {
    try {
      CtrWorld.until("'" + text + "' in the output of " + process.info().commandLine().orElse("?"), () -> text().contains(text));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; it wrote '" + text() + "' and '" + Files.readString(err, StandardCharsets.UTF_8)
          + "', and is " + (process.isAlive() ? "alive" : "at its end"), e);
    }
    return this;
  }

  /** What came of it, which must end by itself. */
  Answer end() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new IOException("ctr did not end; it wrote: " + text());
    return new Answer(process.exitValue(), text(), Files.readString(err, StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
