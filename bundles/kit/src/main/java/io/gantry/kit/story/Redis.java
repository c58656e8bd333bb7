package io.gantry.kit.story;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Just enough of the Redis protocol: one inline command, one answer. */
public final class Redis {
  private static final int TIMEOUT_MILLIS = 5000;
  private final int port;

  public Redis(int port) {
    this.port = port;
  }

  /** The answer to a command, without its type mark. */
  public String ask(String command) throws IOException {
    try (Socket s = new Socket()) {
      s.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      s.setSoTimeout(TIMEOUT_MILLIS);
      s.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      var in = new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.US_ASCII));
      String line = in.readLine();
      if (line == null) throw new IOException("redis hung up on " + command);
      if (line.startsWith("-")) throw new IOException("redis answered " + command + " with " + line);
      return line.startsWith("$") ? in.readLine() : line.substring(1);
    }
  }

  /** Waits until it answers. */
  public void awaitReady(Duration longest) throws IOException, InterruptedException {
    var pause = new CountDownLatch(1); // never counted down: an interruption alone ends it early
    long end = System.nanoTime() + longest.toNanos();
    while (true) {
      try {
        ask("PING");
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw new IOException("redis does not answer on port " + port + " after " + longest.toSeconds() + " s", e);
        }
        pause.await(50, TimeUnit.MILLISECONDS);
      }
    }
  }
}
