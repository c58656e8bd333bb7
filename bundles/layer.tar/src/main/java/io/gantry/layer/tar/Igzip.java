package io.gantry.layer.tar;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/**
 * Gzip undone by {@code igzip} (Intel's ISA-L), which needs a third of the JVM's time. A thread feeds the child; child and thread are gone
 * when {@code close} returns (L-9). Multiple members and trailing bytes are handled by the program as {@link Gunzip} does.
 */
final class Igzip extends InputStream {
  private static final int BUFFER = 1 << 16; // what a pipe takes
  private final BlobStream source;
  private final Process child;
  private final InputStream out;
  private final Thread feeder;
  private volatile boolean closing;
  private volatile Throwable misuse; // unchecked

  Igzip(Path program, InputStream whole, BlobStream source) throws IOException {
    this.source = source;
    child = new ProcessBuilder(program.toString(), "-d", "-c").start();
    out = child.getInputStream();
    feeder = Thread.ofPlatform().daemon().name(Thread.currentThread().getName() + "-feed").inheritInheritableThreadLocals(false)
        .start(new FutureTask<>(() -> feed(whole), null)); // decision 0005
  }

  private void feed(InputStream whole) {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n; (n = whole.read(buffer)) >= 0 && !closing; ) {
        if (!give(buffer, n)) return;
      }
      child.getOutputStream().close();
    } catch (IOException e) {
      // kept by the source, which throws it at whoever reads
      child.destroyForcibly();
    } catch (RuntimeException | Error e) {
      misuse = e;
      child.destroyForcibly();
    }
  }

  /** False when the child reads no more: it ended, and its exit code says why. */
  private boolean give(byte[] buffer, int count) {
    OutputStream in = child.getOutputStream();
    try {
      in.write(buffer, 0, count);
      in.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    int n = out.read(into, offset, count);
    if (n < 0) verify();
    return n;
  }

  private void verify() throws IOException {
    int code;
    try {
      code = child.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while igzip ended");
    }
    source.check();
    if (misuse instanceof Error e) throw e;
    if (misuse != null) throw (RuntimeException) misuse;
    if (code == 0) return;
    String said = new String(child.getErrorStream().readNBytes(300), StandardCharsets.UTF_8).strip();
    throw new BrokenException("igzip ended with " + code + (said.isEmpty() ? "" : ": " + said));
  }

  /** Makes both sides of its pipes end. */
  void kill() {
    closing = true;
    child.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    boolean interrupted = false;
    feeder.interrupt();
    while (true) {
      try {
        feeder.join();
        child.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    closeQuietly();
    if (interrupted) Thread.currentThread().interrupt();
  }

  /** The three pipes of a child that is dead: what they could tell was read before. */
  private void closeQuietly() {
    for (AutoCloseable pipe : new AutoCloseable[] {child.getOutputStream(), out, child.getErrorStream()}) {
      try {
        pipe.close();
      } catch (Exception e) {
        // a pipe whose reader was killed cannot be flushed; the descriptor is closed nevertheless
        continue;
      }
    }
  }
}
