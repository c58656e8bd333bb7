package io.gantry.remote;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a manager is to be had: {@code unix:///run/gantry/gantry.sock}, or {@code tcp://HOST:PORT} by mutual TLS.
 *
 * @param text as it is written, and as messages tell it
 * @param tls for {@code tcp} alone, and always there
 */
public record Address(String text, Optional<TlsFiles> tls) {
  private static final String UNIX = "unix://";
  private static final String TCP = "tcp://";
  private static final int PORTS = 65_535;

  /** @throws IllegalArgumentException another form, or files where none are needed, or none where they are */
  public Address {
    boolean unix = text.startsWith(UNIX + "/");
    if (!unix && !network(text)) {
      throw new IllegalArgumentException("address '" + text + "' is neither unix:///PATH nor tcp://HOST:PORT");
    }
    if (unix && tls.isPresent()) throw new IllegalArgumentException("address '" + text + "' takes no certificates: a socket has its mode");
    if (!unix && tls.isEmpty()) {
      throw new IllegalArgumentException("address '" + text
          + "' needs certificate, key and authorities: managers of the network take calls by"
          + " mutual TLS alone");
    }
  }

  private static boolean network(String text) {
    int colon = text.lastIndexOf(':');
    if (!text.startsWith(TCP) || colon <= TCP.length() || !text.substring(colon + 1).matches("[0-9]{1,5}")) return false;
    int port = Integer.parseInt(text.substring(colon + 1));
    return port > 0 && port <= PORTS;
  }

  /** A Unix socket. @throws IllegalArgumentException it is not {@code unix:///PATH} */
  public static Address parse(String text) {
    return new Address(text, Optional.empty());
  }

  /** An address of the network. @throws IllegalArgumentException it is not {@code tcp://HOST:PORT} */
  public static Address parse(String text, TlsFiles tls) {
    return new Address(text, Optional.of(tls));
  }

  /** The socket's file; empty for an address of the network. */
  Optional<Path> socket() {
    return tls.isPresent() ? Optional.empty() : Optional.of(Path.of(text.substring(UNIX.length())));
  }

  String host() {
    return text.substring(TCP.length(), text.lastIndexOf(':'));
  }

  int port() {
    return Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
  }

  @Override
  public String toString() {
    return text;
  }
}
