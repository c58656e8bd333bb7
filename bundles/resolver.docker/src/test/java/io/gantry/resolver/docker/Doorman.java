package io.gantry.resolver.docker;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Stands before a server on loopback: lets whoever begins TLS wait without a word, and others pass, or nobody. */
final class Doorman implements Closeable {
  private static final int TLS = 0x16;
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final int behind;
  private final Duration greetings;

  /**
   * @param behind port of the server; 0 for none, where all wait
   * @param greetings how long a greeting of TLS waits
   */
  Doorman(int behind, Duration greetings) throws IOException {
    this.behind = behind;
    this.greetings = greetings;
    Thread.ofVirtual().start(this::accept);
  }

  static int port(String host) {
    return Integer.parseInt(host.substring(host.indexOf(':') + 1));
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
      int first = s.getInputStream().read();
      if (first == TLS && closed.await(greetings.toMillis(), TimeUnit.MILLISECONDS) || behind == 0) {
        s.getInputStream().transferTo(OutputStream.nullOutputStream());
        return;
      }
      try (Socket to = new Socket(InetAddress.getLoopbackAddress(), behind)) {
        open.add(to);
        to.getOutputStream().write(first);
        Thread back = Thread.ofVirtual().start(() -> copy(to, s));
        s.getInputStream().transferTo(to.getOutputStream());
        to.shutdownOutput();
        back.join();
      }
    } catch (IOException | InterruptedException e) {
      return; // one of them went away
    }
  }

  private static void copy(Socket from, Socket to) {
    try (InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      return; // likewise
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    for (Socket s : open) s.close();
  }
}
