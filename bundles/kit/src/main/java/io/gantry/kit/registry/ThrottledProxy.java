package io.gantry.kit.registry;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a registry on loopback: passes requests on, lets answers through at a rate that all connections share, counts bytes of
 * bodies, and breaks connections when told to.
 */
public final class ThrottledProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final URI target;
  private final Rate rate;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong bodyBytes = new AtomicLong();
  private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);

  private ThrottledProxy(ServerSocket listener, URI target, long bytesPerSecond) {
    this.listener = listener;
    this.target = target;
    this.rate = new Rate(bytesPerSecond);
  }

  /** @param bytesPerSecond of bodies of answers; 0 for as fast as it goes */
  public static ThrottledProxy start(URI target, long bytesPerSecond) throws IOException {
    var proxy = new ThrottledProxy(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()), target, bytesPerSecond);
    proxy.threads.submit(proxy::accept);
    return proxy;
  }

  public String host() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  public URI uri() {
    return URI.create("http://" + host());
  }

  public void rate(long bytesPerSecond) {
    rate.set(bytesPerSecond);
  }

  /** Breaks every connection that is open now. */
  public void cut() throws IOException {
    for (Socket s : open) s.close();
  }

  /** Breaks the connection that passes so many more bytes of bodies; then all goes on as before. */
  public void cutAfter(long bytes) {
    left.set(bytes);
  }

  /** Bytes of bodies of answers that went through. */
  public long bodyBytes() {
    return bodyBytes.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    rate.end();
    cut();
    threads.shutdownNow();
    threads.close();
  }

  private void accept() {
    while (!listener.isClosed()) {
      Socket client;
      try {
        client = listener.accept();
      } catch (IOException e) {
        return; // closed
      }
      open.add(client);
      threads.submit(() -> serve(client));
    }
  }

  private void serve(Socket client) {
    Socket server = new Socket();
    open.add(server);
    try (client; server) {
      server.connect(new java.net.InetSocketAddress(target.getHost(), target.getPort()));
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      var fromClient = new BufferedInputStream(client.getInputStream());
      var fromServer = new BufferedInputStream(server.getInputStream(), 1 << 16);
      while (exchange(fromClient, server.getOutputStream(), fromServer, client.getOutputStream())) continue;
    } catch (IOException e) {
      return; // either side went away, or cut() did it: the other side learns it by the close
    } finally {
      open.remove(client);
      open.remove(server);
    }
  }

  /** One request and its answer; false when the connection ends with it. */
  private boolean exchange(InputStream fromClient, OutputStream toServer, InputStream fromServer, OutputStream toClient)
      throws IOException {
    HttpHead request = HttpHead.read(fromClient);
    if (request == null) return false;
    toServer.write(request.bytes());
    request.body(false).copy(fromClient, toServer, n -> n);
    toServer.flush();
    HttpHead answer = HttpHead.read(fromServer);
    if (answer == null) return false;
    while (answer.firstLine().startsWith("HTTP/1.1 1")) {
      toClient.write(answer.bytes());
      answer = HttpHead.read(fromServer);
    }
    toClient.write(answer.bytes());
    boolean bodiless = request.firstLine().startsWith("HEAD ") || answer.firstLine().matches("HTTP/1.[01] (204|304).*");
    HttpHead.Body body = bodiless ? HttpHead.Body.NONE : answer.body(true);
    body.copy(fromServer, toClient, this::pass);
    toClient.flush();
    return body != HttpHead.Body.UNTIL_CLOSE && !answer.header("connection").equalsIgnoreCase("close");
  }

  /** Asks to pass bytes of a body: waits for their turn, and answers how many may go. */
  private int pass(int n) throws IOException {
    long before = left.getAndUpdate(l -> l == Long.MAX_VALUE ? l : Math.max(0, l - n));
    int may = (int) Math.min(n, before);
    rate.take(may);
    bodyBytes.addAndGet(may);
    if (may < n) left.set(Long.MAX_VALUE);
    return may;
  }
}
