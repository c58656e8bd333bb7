package io.gantry.resolver.docker;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;

/** What the JDK means by an exception, in words. */
final class Cause {
  private Cause() {}

  /** The most telling message of a chain of causes. */
  static String text(Throwable t) {
    for (Throwable c = t; c != null; c = c.getCause()) {
      if (c.getMessage() != null && !c.getMessage().isBlank()) return Redacted.text(c.getMessage());
    }
    return words(t);
  }

  /** Where no exception of the chain says anything; names of classes mean nothing to a user. */
  private static String words(Throwable t) {
    if (isUnknownHost(t)) return "name not known";
    if (is(t, HttpConnectTimeoutException.class)) return "no connection in time";
    if (is(t, ConnectException.class)) return "connection refused";
    if (is(t, ClosedChannelException.class)) return "the connection was closed";
    if (is(t, EOFException.class)) return "it ended early";
    return "no reason is known";
  }

  static boolean is(Throwable t, Class<? extends Throwable> type) {
    for (Throwable c = t; c != null; c = c.getCause()) if (type.isInstance(c)) return true;
    return false;
  }

  static boolean isUnknownHost(Throwable t) {
    return is(t, UnresolvedAddressException.class) || is(t, UnknownHostException.class);
  }

  static boolean isRefused(Throwable t) {
    return is(t, ConnectException.class) && !is(t, HttpConnectTimeoutException.class) && !isUnknownHost(t);
  }

  static boolean isCertificate(Throwable t) {
    return is(t, CertificateException.class) || is(t, java.security.cert.CertPathBuilderException.class);
  }

  /** The other side answered a TLS greeting with something that is no TLS, or hung up on it. */
  static boolean isPlain(Throwable t) {
    if (isCertificate(t)) return false;
    for (Throwable c = t; c != null; c = c.getCause()) { // of a POST the outer ones say that no answer came
      if (c instanceof SSLException && isPlain(String.valueOf(c.getMessage()))) return true;
    }
    return false;
  }

  private static boolean isPlain(String message) {
    return message.contains("Unsupported or unrecognized SSL message") || message.contains("terminated the handshake")
        || message.contains("plaintext connection");
  }
}
