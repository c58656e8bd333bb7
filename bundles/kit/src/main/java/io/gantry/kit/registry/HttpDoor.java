package io.gantry.kit.registry;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A small HTTP/1.1 server on loopback, which can do what a proper one will not: cut, reset, trickle, lie about lengths. Not the JDK's,
 * since that one waits for ever on a client that speaks TLS to it, where real registries answer 400 and so are found out at once.
 */
final class HttpDoor implements AutoCloseable {
  /** Gives the answer to a request. */
  interface Handler {
    Reply answer(Request q, byte[] body) throws IOException;

    void done(Request q, int status, long bytesSent);
  }

  private static final byte TLS_HANDSHAKE = 0x16;
  private final ServerSocket listener;
  private final Handler handler;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  HttpDoor(ServerSocket listener, Handler handler) {
    this.listener = listener;
    this.handler = handler;
    threads.submit(this::accept);
  }

  static ServerSocket plain(InetAddress at) throws IOException {
    return new ServerSocket(0, 200, at);
  }

  static ServerSocket tls(TestCertificate certificate) throws IOException {
    return certificate.context().getServerSocketFactory().createServerSocket(0, 200, InetAddress.getLoopbackAddress());
  }

  int port() {
    return listener.getLocalPort();
  }

  InetAddress address() {
    return listener.getInetAddress();
  }

  /** How many clients are connected. */
  int connections() {
    return open.size();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closed.countDown();
    for (Socket s : open) s.close();
    threads.shutdownNow();
    threads.close();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket s = listener.accept();
        open.add(s);
        if (listener.isClosed()) s.close(); // who closes may have passed by already
        else threads.submit(() -> serve(s));
      } catch (IOException | RejectedExecutionException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream());
      in.mark(1);
      int first = in.read();
      in.reset();
      if (first == TLS_HANDSHAKE) {
        socket.getOutputStream()
            .write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return;
      }
      while (exchange(socket, in)) continue;
    } catch (IOException e) {
      return; // the client went away, or we are being closed
    } finally {
      open.remove(socket);
    }
  }

  /** One request and its answer; false when the connection must end with it. */
  private boolean exchange(Socket socket, BufferedInputStream in) throws IOException {
    HttpHead head = HttpHead.read(in);
    if (head == null) return false;
    Request q = request(head);
    OutputStream out = socket.getOutputStream();
    if (q.header("Expect").isPresent()) out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    Reply r = handler.answer(q, read(head, in));
    pause(r.delay.toNanos());
    if (r.silent) {
      handler.done(q, 0, 0);
      if (r.reset) socket.setSoLinger(true, 0);
      return false;
    }
    return send(socket, q, r) && !q.header("Connection").orElse("").equalsIgnoreCase("close");
  }

  private boolean send(Socket socket, Request q, Reply r) throws IOException {
    OutputStream out = socket.getOutputStream();
    long declared = r.declared >= 0 ? r.declared : r.body.length;
    long end = q.method().equals("HEAD") ? 0 : Math.min(Math.min(r.body.length, declared), r.cutAfter);
    long sent = 0;
    boolean logged = false;
    try {
      var head = new StringBuilder("HTTP/1.1 " + r.status + " Kit\r\n");
      r.headers.forEach((k, v) -> head.append(k).append(": ").append(v).append("\r\n"));
      head.append("Content-Length: ").append(declared).append("\r\n\r\n");
      int step = r.bytesPerSecond == 0 ? 1 << 16 : (int) Math.clamp(r.bytesPerSecond / 20, 1, 1 << 16);
      byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
      do {
        int n = (int) Math.min(step, end - sent);
        if (sent + n == end) { // before its last byte is out, so that a client that has all finds it in the log
          handler.done(q, r.status, end);
          logged = true;
        }
        if (sent == 0) out.write(start);
        out.write(r.body, (int) sent, n);
        sent += n;
        if (r.bytesPerSecond > 0 && sent < end) pause(1_000_000_000L * n / r.bytesPerSecond);
      } while (sent < end);
      if (r.reset && sent < declared) socket.setSoLinger(true, 0);
    } finally {
      if (!logged) handler.done(q, r.status, sent);
    }
    return sent == declared || q.method().equals("HEAD");
  }

  private static byte[] read(HttpHead head, BufferedInputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    if (head.header("transfer-encoding").isEmpty()) head.body(false).copy(in, body, n -> n);
    else throw new IOException("a request in chunks: this registry is read only");
    return body.toByteArray();
  }

  private static Request request(HttpHead head) throws IOException {
    String[] words = head.firstLine().split(" ");
    if (words.length != 3) throw new IOException("not a request: " + head.firstLine());
    int mark = words[1].indexOf('?');
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : head.text().split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && !line.equals(head.firstLine())) {
        headers.computeIfAbsent(line.substring(0, colon), k -> new ArrayList<>()).add(line.substring(colon + 1).strip());
      }
    }
    return new Request(words[0], mark < 0 ? words[1] : words[1].substring(0, mark), mark < 0 ? "" : words[1].substring(mark + 1), headers);
  }

  private void pause(long nanos) throws IOException {
    try {
      if (nanos <= 0 || !closed.await(nanos, TimeUnit.NANOSECONDS)) return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new java.io.InterruptedIOException("the server is being closed");
  }
}
