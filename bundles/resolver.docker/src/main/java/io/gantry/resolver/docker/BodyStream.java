package io.gantry.resolver.docker;

import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A response's bytes as a stream that gives up when nothing comes. The JDK's own stream waits for ever in read, and would need a watchdog
 * thread. At most {@value #WINDOW} lists of buffers wait for a reader, each of as much as the client reads at once (three times the
 * property {@code jdk.httpclient.bufsize}, 16 KiB by default); then the socket is not read, and TCP slows the sender.
 */
final class BodyStream extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
  private static final int WINDOW = 4;
  private static final Object END = new Object();

  private final String host;
  private final Duration stall;
  private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>(); // lists of buffers, END, or a Throwable
  private final Queue<ByteBuffer> current = new ArrayDeque<>(); // of the reading thread
  private volatile Flow.Subscription subscription;
  private volatile boolean closed;
  private Object last; // END or a Throwable, once read

  BodyStream(String host, Duration stall) {
    this.host = host;
    this.stall = stall;
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription s) {
    subscription = s;
    if (closed) s.cancel();
    else s.request(WINDOW);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    arrived.add(buffers);
  }

  @Override
  public void onError(Throwable t) {
    arrived.add(t);
  }

  @Override
  public void onComplete() {
    arrived.add(END);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (closed) throw new IOException("the stream of " + host + " was closed");
    ByteBuffer next;
    while ((next = current.peek()) == null || !next.hasRemaining()) {
      if (next != null) current.remove();
      else if (!fetch()) return -1;
    }
    int n = Math.min(length, next.remaining());
    next.get(into, offset, n);
    return n;
  }

  /** Waits for the next buffers; false at the end. */
  @SuppressWarnings("unchecked")
  private boolean fetch() throws IOException {
    Object item = last != null ? last : take();
    if (item == END) {
      last = END;
      return false;
    }
    if (item instanceof Throwable t) {
      last = t;
      throw new UnavailableException("the connection to " + host + " broke: " + Cause.text(t), t);
    }
    current.addAll((List<ByteBuffer>) item);
    subscription.request(1);
    return true;
  }

  private Object take() throws IOException {
    try {
      Object item = arrived.poll(stall.toMillis(), TimeUnit.MILLISECONDS);
      if (item != null) return item;
      close();
      throw new UnavailableException(host + " sent nothing for " + stall.toSeconds() + " s");
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading from " + host);
    }
  }

  /** Cuts the connection, unless all was read; then the client keeps it for the next request. */
  @Override
  public void close() {
    closed = true;
    Flow.Subscription s = subscription;
    if (s != null && last != END) s.cancel();
    arrived.add(new IOException("closed by its reader"));
  }
}
