package io.gantry.resolver.docker;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Answers each connection with the same bytes, whatever it is asked, and says nothing more until it is closed. */
final class RawServer implements Closeable {
  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final byte[] answer;

  RawServer(String answer) throws IOException {
    this.answer = answer.getBytes(StandardCharsets.ISO_8859_1);
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket s = listener.accept();
        open.add(s);
        Thread.ofVirtual().start(() -> serve(s));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket s) {
    try (s) {
      s.getOutputStream().write(answer);
      s.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      return; // the client went away
    } finally {
      open.remove(s);
    }
  }

  /** Whether its clients have closed all connections; waits for it. */
  boolean isAlone() throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!open.isEmpty() && System.nanoTime() < end) Thread.sleep(10);
    return open.isEmpty();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket s : open) s.close();
  }
}
