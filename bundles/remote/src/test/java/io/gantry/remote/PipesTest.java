package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.image.Programs;
import io.gantry.spi.runtime.Stdio;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Named pipes of processes, without any process. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipesTest {
  private static final int SECONDS = 20;
  @TempDir Path root;
  private Path fifo;

  @BeforeEach
  void make() throws IOException {
    fifo = fifo("out");
  }

  private Path fifo(String name) throws IOException {
    Programs.output("mkfifo", root.resolve(name).toString());
    return root.resolve(name);
  }

  /** As the keeper of the process and other clients hold it. */
  private static FileChannel held(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void write(FileChannel to, String text) throws IOException {
    to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String read(InputStream from, int most) throws IOException {
    byte[] bytes = new byte[most];
    int n = from.read(bytes);
    return n < 0 ? "end" : new String(bytes, 0, n, StandardCharsets.US_ASCII);
  }

  /** On a virtual thread, as the shell's commands read and write. */
  private static <T> FutureTask<T> begun(Callable<T> work) {
    var task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  private static <T> T result(FutureTask<T> task) throws Exception {
    return task.get(SECONDS, TimeUnit.SECONDS);
  }

  private List<String> left() throws IOException {
    var left = new ArrayList<String>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path p : all.toList()) if (Files.isSymbolicLink(p)) left.add(Files.readSymbolicLink(p).toString());
    }
    left.removeIf(p -> !p.startsWith(root.toString()));
    Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(n -> n.startsWith("pipe-")).forEach(left::add);
    return left;
  }

  private void nothingIsLeft() throws Exception {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); !left().isEmpty() && System.nanoTime() < end;) Thread.sleep(5);
    assertEquals(List.of(), left());
  }

  @Test
  void whoLeftTakesNothingMore() throws Exception {
    try (FileChannel holder = held(fifo)) {
      var pipe = new Pipe(fifo, true);
      var waiting = begun(() -> read(pipe, 10));
      Thread.sleep(50); // it reads by now; were it not, this would show less
      pipe.close();
      assertEquals("end", result(waiting));
      write(holder, "later");
      assertEquals("end", read(pipe, 10));
      var next = new Pipe(fifo, true);
      assertEquals("later", read(next, 10));
      for (Pipe p : List.of(pipe, next)) {
        p.close();
        p.ended();
      }
    }
    nothingIsLeft();
  }

  @Test
  void whatNobodyAskedForIsTheNextOnes() throws Exception {
    try (FileChannel holder = held(fifo)) {
      write(holder, "0123456789");
      for (String part : List.of("012", "345", "678")) {
        var pipe = new Pipe(fifo, true);
        assertEquals(part, read(pipe, 3));
        pipe.close();
        pipe.ended();
      }
    }
    nothingIsLeft();
  }

  /** Bytes come, who asked for them leaves, and the thread that reads comes by just before the pipe is closed. */
  @Test
  void whoLeavesWhileBytesComeTakesNoneOfTheRest() throws Exception {
    try (FileChannel holder = held(fifo)) {
      write(holder, "0123456789");
      var channel = new Slow(FileChannel.open(fifo, StandardOpenOption.READ));
      var pipe = new Pipe(fifo, true, path -> channel);
      var reading = begun(() -> read(pipe, 3));
      assertTrue(channel.came.await(SECONDS, TimeUnit.SECONDS));
      pipe.close();
      assertEquals("012", result(reading));
      pipe.ended();
      var next = new Pipe(fifo, true);
      assertEquals("3456789", result(begun(() -> read(next, 10))));
      next.close();
      next.ended();
    }
    nothingIsLeft();
  }

  /** Its first read ends once it is to be closed, which it is when its reader asks for more, or waits to be asked. */
  private record Slow(FileChannel fifo, AtomicInteger reads, CountDownLatch came, CountDownLatch leaving) implements ReadableByteChannel {
    Slow(FileChannel fifo) {
      this(fifo, new AtomicInteger(), new CountDownLatch(1), new CountDownLatch(1));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      int n = fifo.read(into);
      came.countDown();
      try {
        if (reads.incrementAndGet() == 1) leaving.await(SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      return n;
    }

    @Override
    public boolean isOpen() {
      return fifo.isOpen();
    }

    @Override
    public void close() throws IOException {
      if (leaving.getCount() == 0) return; // the one before closes it
      leaving.countDown();
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); reads.get() < 2 && !waits() && System.nanoTime() < end;) {
        Thread.onSpinWait();
      }
      fifo.close();
    }

    private static boolean waits() {
      return Thread.getAllStackTraces().entrySet().stream().anyMatch(t -> t.getKey().getName().equals("pipe-out")
          && Arrays.stream(t.getValue()).anyMatch(f -> f.getMethodName().equals("take")));
    }
  }

  /** Who comes and goes at any moment: all of them together get all that was written, in order. */
  @Test
  void manyOneAfterTheOther() throws Exception {
    long seed = Long.getLong("gantry.seed", System.nanoTime());
    var random = new Random(seed);
    int size = 2_000_000;
    int quota = size / 20; // the first ones cannot get all of it, however long the others wait for their turn
    var got = new ByteArrayOutputStream();
    try (FileChannel holder = held(fifo)) {
      var writing = begun(() -> {
        var written = new FutureTask<>(() -> { // of the platform: it waits in the kernel
          byte[] all = new byte[size];
          new Random(1).nextBytes(all);
          for (int at = 0; at < size; at += 1000) holder.write(ByteBuffer.wrap(all, at, 1000));
          return all;
        });
        Thread.ofPlatform().daemon().start(written);
        return written.get();
      });
      int readers = 0;
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5); got.size() < size;) {
        boolean last = ++readers > 2 && System.nanoTime() > end; // which gets the rest: on a busy machine each of the others takes long
        var pipe = new Pipe(fifo, true);
        int most = last ? 5000 : 1 + random.nextInt(5000);
        int enough = last ? size : Math.min(size, got.size() + quota);
        var reading = begun(() -> {
          byte[] bytes = new byte[most];
          for (int n = 0; n >= 0 && got.size() < enough;) {
            n = pipe.read(bytes);
            if (n > 0) got.write(bytes, 0, n);
          }
          return null;
        });
        if (last) result(reading);
        else Thread.sleep(0, random.nextInt(900_000));
        pipe.close();
        result(reading);
        pipe.ended();
      }
      assertTrue(readers > 2);
      assertEquals(-1, Arrays.mismatch(result(writing), got.toByteArray()), "seed " + seed + ", " + readers + " readers");
    }
  }

  @Test
  void oneOfOursIsEmptiedWhenNobodyReads() throws Exception {
    try (FileChannel holder = held(fifo)) {
      var pipe = new Pipe(fifo, false);
      write(holder, "first");
      assertEquals("first", read(pipe, 10));
      var waiting = begun(() -> read(pipe, 10));
      pipe.close();
      assertEquals("end", result(waiting));
      for (int i = 0; i < 100; i++) write(holder, "x".repeat(10_000)); // more than the pipe holds
      pipe.ended();
    }
    nothingIsLeft();
  }

  /** What another holds on to after the end is not waited for; one that was joined leaves it the rest. */
  @Test
  void theEndIsNotWaitedForWhereOthersHoldIt() throws Exception {
    try (FileChannel holder = held(fifo)) {
      var pipe = new Pipe(fifo, true);
      write(holder, "last");
      pipe.ended();
      assertEquals("last", read(pipe, 10));
      assertEquals("end", read(pipe, 10));
      write(holder, "another's");
      assertEquals("another's", result(begun(() -> {
        ByteBuffer b = ByteBuffer.allocate(100);
        holder.read(b);
        return new String(b.array(), 0, b.position(), StandardCharsets.US_ASCII);
      })));
      pipe.close();
    }
    nothingIsLeft();
  }

  /** A process that does not read, and a virtual thread that writes, as those of the shell's commands. */
  @Test
  void aWriteThatWaitsIsEnded() throws Exception {
    for (boolean interrupted : new boolean[] {false, true}) {
      var in = new PipeInput(held(fifo), () -> { });
      var writing = new FutureTask<>(() -> {
        in.write(new byte[1 << 20]);
        return null;
      });
      Thread writer = Thread.ofVirtual().start(writing);
      while (Thread.getAllStackTraces().entrySet().stream().noneMatch(t -> t.getKey().getName().equals("pipe-stdin")
          && t.getValue().length > 0 && t.getValue()[0].isNativeMethod())) {
        Thread.sleep(5); // it waits for room
      }
      if (interrupted) writer.interrupt();
      else in.leave();
      Throwable e = assertThrows(ExecutionException.class, () -> result(writing)).getCause();
      Class<? extends IOException> expected = interrupted ? InterruptedIOException.class : ClosedChannelException.class;
      assertInstanceOf(expected, e);
      nothingIsLeft();
    }
  }

  @Test
  void whereOneCannotBeOpenedNoneIsHeld() throws Exception {
    var stdio = new Stdio(root.resolve("none").toString(), fifo.toString(), fifo("err").toString(), false);
    assertThrows(NoSuchFileException.class, () -> new Pipes(stdio, root));
    nothingIsLeft();
    assertThrows(NoSuchFileException.class, () -> new Pipes(new Stdio("", fifo.toString(), stdio.stdin(), false), root));
    nothingIsLeft();
  }
}
