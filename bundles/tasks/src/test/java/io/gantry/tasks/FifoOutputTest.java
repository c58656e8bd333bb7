package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real pipes. */
@Timeout(60)
class FifoOutputTest {
  private static final TaskId ID = TaskId.of("test", "pipes");

  @TempDir Path dir;

  /** What the process wrote fills the queue, and it has ended: the thread does not wait for who may never read. */
  @Test
  void aReaderThatStandsStillHoldsNoThread() throws Exception {
    Fifos fifos = Fifos.make(dir, ID, true, false);
    var chunks = new Semaphore(0);
    try (var out = new FifoOutput(fifos.path("stdout"), new Counting(chunks)); FileChannel writer = writer(fifos)) {
      Thread pump = pump("fifo-stdout");
      for (int i = 0; i < 16; i++) {
        writer.write(ByteBuffer.wrap(new byte[] {(byte) i}));
        chunks.acquire();
      }
      writer.close();
      assertTrue(pump.join(Duration.ofSeconds(20)), "the thread has ended");
      assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, out.readAllBytes());
      assertEquals(-1, out.read());
    }
    fifos.close();
  }

  /** The other side of that: before its end, a process whose reader stands still waits, and costs nothing. */
  @Test
  void aSlowReaderSlowsTheProcessDown() throws Exception {
    Fifos fifos = Fifos.make(dir, ID, true, false);
    byte[] much = new byte[4 << 20];
    new java.util.Random(7).nextBytes(much);
    try (var out = new FifoOutput(fifos.path("stdout"), OutputStream.nullOutputStream()); FileChannel writer = writer(fifos)) {
      Thread process = Thread.ofPlatform().start(() -> {
        try (writer) {
          for (ByteBuffer b = ByteBuffer.wrap(much); b.hasRemaining(); ) writer.write(b);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      assertFalse(process.join(Duration.ofMillis(300)), "4 MiB are not kept in memory");
      assertArrayEquals(much, out.readAllBytes());
      process.join();
    }
    fifos.close();
  }

  @Test
  void whatCannotBeOpenedWholeLeavesNothingOpen() throws Exception {
    for (String missing : List.of("stdout", "stderr", "stdin")) {
      Fifos fifos = Fifos.make(dir, ID, false, true);
      Files.delete(fifos.path(missing));
      var closed = new Semaphore(0);
      assertThrows(IOException.class, () -> new AttachedProcess(null, ID, fifos, () -> new Closing(closed)));
      for (long end = System.nanoTime() + 20_000_000_000L; System.nanoTime() < end && !opened().isEmpty(); ) Thread.sleep(10);
      assertEquals(List.of(), opened(), "where " + missing + " is not there");
      assertEquals(missing.equals("stdout") ? 1 : 2, closed.availablePermits(), "copies closed, where " + missing + " is not there");
      fifos.close();
    }
  }

  private static FileChannel writer(Fifos fifos) throws IOException {
    return FileChannel.open(fifos.path("stdout"), StandardOpenOption.WRITE);
  }

  private static Thread pump(String name) {
    return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals(name)).findFirst().orElseThrow();
  }

  /** What this process has open of the pipes: of all else, others in it may have more or less at any moment. */
  private List<String> opened() throws IOException {
    String pipes = dir.toRealPath().toString();
    var opened = new ArrayList<String>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path fd : all) {
        try {
          opened.add(Files.readSymbolicLink(fd).toString());
        } catch (NoSuchFileException closed) {
          continue;
        }
      }
    }
    opened.removeIf(target -> !target.startsWith(pipes));
    return opened;
  }

  /** Tells of each chunk. */
  private static final class Counting extends OutputStream {
    private final Semaphore chunks;

    Counting(Semaphore chunks) {
      this.chunks = chunks;
    }

    @Override
    public void write(int b) {
      throw new AssertionError("chunks come whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
      chunks.release();
    }
  }

  /** Tells of its close. */
  private static final class Closing extends OutputStream {
    private final Semaphore closed;

    Closing(Semaphore closed) {
      this.closed = closed;
    }

    @Override
    public void write(int b) {
      throw new AssertionError("nobody writes");
    }

    @Override
    public void close() {
      closed.release();
    }
  }
}
