package io.gantry.resolver.docker;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.FutureTask;

/**
 * One HTTP client per way of trusting, since the JDK's client has one TLS context. Redirects are never followed by it: it would carry the
 * Authorization header along. Its executor is a thread per task, so that nothing is left to end when the client does.
 */
final class Clients implements AutoCloseable {
  private static final int MAX = 16;

  private final Duration connectTimeout;
  private final boolean http2;
  // guarded by this; never held over I/O but the reading of key files
  private final Map<String, HttpClient> clients = new LinkedHashMap<>();
  private boolean closed;

  Clients(Duration connectTimeout, boolean http2) {
    this.connectTimeout = connectTimeout;
    this.http2 = http2;
  }

  synchronized HttpClient client(Tls tls) throws IOException {
    if (closed) throw new IOException("the resolver was closed");
    String key = tls + tls.stamp();
    HttpClient there = clients.get(key);
    if (there != null) return there;
    if (clients.size() >= MAX) clients.remove(clients.keySet().iterator().next()).shutdown();
    HttpClient fresh = build(tls);
    clients.put(key, fresh);
    return fresh;
  }

  private HttpClient build(Tls tls) throws IOException {
    HttpClient.Builder b =
        HttpClient.newBuilder()
            .version(http2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(tls.dialTimeout().orElse(connectTimeout))
            .executor(Clients::start);
    if (!tls.isDefault()) b.sslContext(tls.context());
    return b.build();
  }

  static void start(Runnable task) {
    // decision 0005
    Thread.ofVirtual().name("resolver-http").inheritInheritableThreadLocals(false).start(new FutureTask<>(() -> told(task), null));
  }

  /** What a task of the JDK throws is told as by any thread, since nobody asks the {@code FutureTask}. */
  private static void told(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      Thread current = Thread.currentThread();
      current.getUncaughtExceptionHandler().uncaughtException(current, e);
    }
  }

  /** Takes no new request; what is on its way goes on to its end, then the client's thread ends too. */
  @Override
  public synchronized void close() {
    closed = true;
    clients.values().forEach(HttpClient::shutdown);
    clients.clear();
  }
}
