package io.gantry.launcher;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code gantry --address} is given: {@code unix:///run/gantry/gantry.sock}, {@code /run/gantry/gantry.sock}, or {@code
 * tcp://host:port}. It is looked at before there is a framework; what is connected to then is the {@code Address} of bundle {@code remote},
 * which has the certificates, too.
 *
 * @param text as it was given; a path alone is a socket's
 * @param socket of the file system; empty for one of the network
 * @param port 0 for a socket of the file system
 */
record AddressArgument(String text, String socket, String host, int port) {
  private static final String UNIX = "unix://";
  private static final Pattern TCP = Pattern.compile("tcp://([^/\\s:\\[\\]]+|\\[[0-9a-fA-F:.]+\\]):([0-9]{1,5})");
  private static final int MAX_PORT = 65_535;
  private static final int PATIENCE_MILLIS = 5000;

  /** @throws IllegalArgumentException it is none of the two */
  static AddressArgument parse(String text) {
    String path = text.startsWith(UNIX) ? text.substring(UNIX.length()) : text;
    if (path.startsWith("/")) return new AddressArgument(UNIX + path, path, "", 0);
    Matcher m = TCP.matcher(text);
    if (!m.matches() || Integer.parseInt(m.group(2)) < 1 || Integer.parseInt(m.group(2)) > MAX_PORT) {
      throw new IllegalArgumentException("'" + text + "' is no address; expected unix:///PATH or tcp://HOST:PORT");
    }
    return new AddressArgument(text, "", m.group(1), Integer.parseInt(m.group(2)));
  }

  boolean isLocal() {
    return !socket.isEmpty();
  }

  /**
   * Looks whether anybody is there, before time is spent on a client.
   *
   * @throws IOException nobody takes connections there; the message is for the user
   */
  void reach() throws IOException {
    try {
      if (isLocal()) SocketChannel.open(UnixDomainSocketAddress.of(Path.of(socket))).close();
      else connect();
    } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      String hint = "Permission denied".equals(why) ? "try it as root, who alone may open a manager's socket"
          : "is a manager running there?";
      throw new IOException("nobody can be asked at " + text + ": " + why + "; " + hint, e);
    }
  }

  private void connect() throws IOException {
    var to = new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
    if (to.isUnresolved()) throw new IOException("the host has no address");
    try (var s = new Socket()) {
      s.connect(to, PATIENCE_MILLIS);
    }
  }
}
