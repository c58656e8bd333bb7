package io.gantry.runtime.shim;

import io.gantry.api.UnavailableException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection to a ttrpc server on a Unix socket. Calls may be made from many threads at once, each with its own deadline; answers come
 * in any order. When the connection is lost, all calls under way fail at once.
 *
 * <p>A frame is a header of ten bytes (length, stream: 32 bits each, big-endian; type; flags) and a message. A client's streams are odd.
 */
final class Ttrpc implements Closeable {
  /** The largest message; what the server's library allows. */
  static final int MAX_MESSAGE = 4 << 20;

  private static final int HEADER = 10;
  private static final byte REQUEST = 1;
  private static final byte RESPONSE = 2;

  private final SocketChannel channel;
  private final Path socket;
  private final Map<Integer, CompletableFuture<byte[]>> pending = new ConcurrentHashMap<>();
  private final Thread reader;

  /**
   * Guards {@code stream} and the order of what is written. It is held while a frame is written, since frames must not mix; for no longer
   * than the deadline of its call. The reader never takes it, nor who breaks a write off, so that a connection whose writer is stuck can
   * be ended.
   */
  private final ReentrantLock sending = new ReentrantLock();
  private int stream = 1;
  private final AtomicReference<IOException> lost = new AtomicReference<>();

  private Ttrpc(SocketChannel channel, Path socket) {
    this.channel = channel;
    this.socket = socket;
    reader = Thread.ofVirtual().name("ttrpc-" + socket.getFileName()).inheritInheritableThreadLocals(false)
        .unstarted(new FutureTask<>(this::read, null)); // decision 0005
  }

  /**
   * Connects; waits where so many connections are to be accepted that the kernel takes no more, as of a server that is stopped.
   *
   * @throws UnavailableException it took none within {@code timeout}
   * @throws IOException nobody listens there
   */
  static Ttrpc connect(Path socket, Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    for (long pause = 100_000; ; pause = Math.min(2 * pause, 10_000_000)) {
      try {
        return connect(socket);
      } catch (SocketException e) {
        if (e instanceof ConnectException || !Files.exists(socket)) throw e; // refused; else EAGAIN, which has no class of its own
        if (System.nanoTime() - end > 0) {
          String within = " within " + timeout.toMillis() + " ms (";
          throw new UnavailableException("connect to " + socket + ": not let in" + within + e.getMessage() + ")", e);
        }
      }
      LockSupport.parkNanos(pause);
      if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("connect to " + socket + ": interrupted");
    }
  }

  private static Ttrpc connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false); // else a platform thread waits for a place in the kernel, for ever
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(true);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    Ttrpc client = new Ttrpc(channel, socket);
    client.reader.start();
    return client;
  }

  /**
   * Calls a method and waits for its answer.
   *
   * @throws TtrpcException the server answered with an error
   * @throws UnavailableException no answer within {@code timeout}, or the connection was lost: whether it had an effect is not known. Where
   *     the request could not be written whole by then, the connection is lost to all
   */
  byte[] call(String service, String method, byte[] request, Duration timeout) throws IOException {
    byte[] message = new ProtoWriter().text(1, service).text(2, method).message(3, request).number(4, timeout.toNanos()).bytes();
    if (message.length > MAX_MESSAGE) {
      throw new TtrpcException(TtrpcException.RESOURCE_EXHAUSTED, method + ": the request takes " + message.length + " bytes, at most "
          + MAX_MESSAGE);
    }
    long end = System.nanoTime() + timeout.toNanos();
    var answer = new CompletableFuture<byte[]>();
    int id = send(method, message, answer, timeout);
    try {
      return payload(method, answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      throw new UnavailableException(method + " on " + socket + ": no answer within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new UnavailableException(method + " on " + socket + ": the connection was lost: " + reason(e.getCause()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(method + " on " + socket + " was interrupted");
    } finally {
      pending.remove(id);
    }
  }

  private int send(String method, byte[] message, CompletableFuture<byte[]> answer, Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    if (!turn(method, timeout)) {
      String why = ": it was not sent, since the other side did not take an earlier call within ";
      throw new UnavailableException(method + " on " + socket + why + timeout.toMillis() + " ms");
    }
    try {
      int id = stream;
      stream += 2;
      pending.put(id, answer);
      ByteBuffer frame = ByteBuffer.allocate(HEADER + message.length);
      frame.putInt(message.length).putInt(id).put(REQUEST).put((byte) 0).put(message).flip();
      try (Bound bound = new Bound(end - System.nanoTime(), () -> fail(stuck(method, frame, timeout)))) {
        while (frame.hasRemaining() && lost.get() == null) channel.write(frame);
      }
      if (lost.get() != null) answer.completeExceptionally(lost.get());
      return id;
    } catch (IOException e) {
      fail(e);
      throw new UnavailableException(method + " on " + socket + ": the connection was lost: " + reason(lost.get()), lost.get());
    } finally {
      sending.unlock();
    }
  }

  private boolean turn(String method, Duration timeout) throws InterruptedIOException {
    try {
      return sending.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(method + " on " + socket + " was interrupted");
    }
  }

  /** A frame that was written in part cannot be taken back, so nothing can follow it. */
  private static IOException stuck(String method, ByteBuffer frame, Duration timeout) {
    return new IOException("the other side did not take the " + frame.limit() + " bytes of " + method + " within " + timeout.toMillis()
        + " ms");
  }

  private byte[] payload(String method, byte[] response) throws IOException {
    byte[] payload = new byte[0];
    for (ProtoReader r = new ProtoReader(response, "the answer to " + method); r.next(); ) {
      if (r.field() == 1) status(method, r.message());
      else if (r.field() == 2) payload = r.bytes();
    }
    return payload;
  }

  private static void status(String method, ProtoReader status) throws IOException {
    int code = 0;
    String message = "";
    while (status.next()) {
      if (status.field() == 1) code = (int) status.number();
      else if (status.field() == 2) message = status.text();
    }
    if (code != 0) throw new TtrpcException(code, message.isEmpty() ? method + " failed with status " + code : message);
  }

  private void read() {
    try {
      while (true) {
        ByteBuffer header = fill(HEADER);
        int length = header.getInt();
        int id = header.getInt();
        byte type = header.get();
        if (length < 0 || length > MAX_MESSAGE) {
          throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes, at most " + MAX_MESSAGE);
        }
        byte[] message = fill(length).array();
        CompletableFuture<byte[]> waiting = type == RESPONSE ? pending.get(id) : null;
        if (waiting != null) waiting.complete(message);
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) { // as without memory for a message: who waits for an answer must not wait for ever
      fail(new IOException("reading failed: " + e, e));
    }
  }

  private ByteBuffer fill(int length) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(length);
    while (b.hasRemaining()) {
      if (channel.read(b) < 0) throw new EOFException("the other side closed the connection");
    }
    return b.flip();
  }

  /** The first reason is the one that counts: what is met afterwards follows from it. */
  private void fail(IOException e) {
    IOException first = lost.compareAndSet(null, e) ? e : lost.get();
    pending.values().forEach(p -> p.completeExceptionally(first));
    try {
      channel.close();
    } catch (IOException closing) {
      e.addSuppressed(closing);
    }
  }

  /** Whether a call is being written, or waits for that. */
  boolean busy() {
    return sending.isLocked();
  }

  private static String reason(Throwable e) {
    return e instanceof ClosedChannelException ? "it was closed" : String.valueOf(e.getMessage());
  }

  /** Ends the connection, its reader, and what is still waited for. */
  @Override
  public void close() throws IOException {
    channel.close();
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
