package io.gantry.runtime.shim;

import io.gantry.api.UnavailableException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
   * Guards {@code stream} and the order of what is written. It is held while a frame is written, since frames must not mix; the reader
   * never takes it, so that it can end a connection whose writer is stuck.
   */
  private final ReentrantLock sending = new ReentrantLock();
  private int stream = 1;
  private volatile IOException lost;

  private Ttrpc(SocketChannel channel, Path socket) {
    this.channel = channel;
    this.socket = socket;
    reader = Thread.ofVirtual().name("ttrpc-" + socket.getFileName()).unstarted(this::read);
  }

  /** @throws IOException nobody listens there */
  static Ttrpc connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
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
   * @throws UnavailableException no answer within {@code timeout}, or the connection was lost: whether it had an effect is not known
   */
  byte[] call(String service, String method, byte[] request, Duration timeout) throws IOException {
    byte[] message = new ProtoWriter().text(1, service).text(2, method).message(3, request).number(4, timeout.toNanos()).bytes();
    if (message.length > MAX_MESSAGE) {
      throw new TtrpcException(TtrpcException.RESOURCE_EXHAUSTED, method + ": the request takes " + message.length + " bytes, at most "
          + MAX_MESSAGE);
    }
    var answer = new CompletableFuture<byte[]>();
    int id = send(message, answer);
    try {
      return payload(method, answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
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

  private int send(byte[] message, CompletableFuture<byte[]> answer) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(HEADER + message.length);
    sending.lock();
    try {
      int id = stream;
      stream += 2;
      pending.put(id, answer);
      if (lost != null) answer.completeExceptionally(lost);
      frame.putInt(message.length).putInt(id).put(REQUEST).put((byte) 0).put(message).flip();
      while (frame.hasRemaining() && lost == null) channel.write(frame);
      return id;
    } catch (IOException e) {
      fail(e);
      throw new UnavailableException("the connection to " + socket + " was lost: " + reason(e), e);
    } finally {
      sending.unlock();
    }
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
    }
  }

  private ByteBuffer fill(int length) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(length);
    while (b.hasRemaining()) {
      if (channel.read(b) < 0) throw new EOFException("the other side closed the connection");
    }
    return b.flip();
  }

  private void fail(IOException e) {
    lost = e;
    pending.values().forEach(p -> p.completeExceptionally(e));
    try {
      channel.close();
    } catch (IOException closing) {
      e.addSuppressed(closing);
    }
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
