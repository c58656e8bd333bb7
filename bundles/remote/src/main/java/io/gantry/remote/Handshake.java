package io.gantry.remote;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Why there is no connection by TLS where one side refused the other's certificate. Ours is refused by an alert, which by TLS 1.3 comes
 * when this side takes the connection for made, and a call may be on its way.
 */
final class Handshake {
  /**
   * As the JDK and OpenSSL write an alert (RFC 8446, 6.2). A Gantry, whose transport has OpenSSL, says internal_error for each certificate
   * that its Java could not follow to an authority, and certificate_required where a client has none of the authorities that it names.
   */
  private static final Pattern ALERT = Pattern.compile("(?i)certificate[ _](?:required|unknown|expired|revoked)|"
      + "(?:bad|unsupported)[ _]certificate|unknown[ _]ca\\b|access[ _]denied|internal[ _]error|handshake[ _]failure|decrypt[ _]error");

  /** As OpenSSL says of a private key. */
  private static final String NOT_ITS_KEY = "KEY_VALUES_MISMATCH";

  private Handshake() {}

  /** What is to be told; empty where it is not about certificates. */
  static Optional<String> refusal(Address address, Throwable failure) {
    if (address.tls().isEmpty()) return Optional.empty();
    TlsFiles files = address.tls().get();
    List<Throwable> causes = causes(failure);
    if (causes.stream().anyMatch(t -> t.getMessage() != null && t.getMessage().contains(NOT_ITS_KEY))) {
      return Optional.of("the key '" + files.key() + "' (--tls-key) is not that of the certificate '" + files.certificate()
          + "' (--tls-cert), so " + address + " was not asked");
    }
    Optional<String> theirs = causes.stream().filter(Handshake::isOfACertificate).findFirst().map(t -> theirs(causes, files));
    if (theirs.isPresent()) {
      return theirs.map(why -> "the manager at " + address + " answered, and its certificate is refused here: " + why);
    }
    return causes.stream().flatMap(t -> alert(t).stream()).findFirst().map(alert -> "the manager at " + address
        + " answered, and refused the certificate '" + files.certificate() + "' (" + alert
        + "): expected one that an authority of its 'clients' signed (grpc.cfg there); try another one with its key (--tls-cert, "
        + "--tls-key)");
  }

  private static List<Throwable> causes(Throwable failure) {
    var all = new ArrayList<Throwable>();
    for (Throwable t = failure; t != null && !all.contains(t); t = t.getCause()) all.add(t);
    return all;
  }

  private static boolean isOfACertificate(Throwable t) {
    return t instanceof CertificateException || t instanceof CertPathBuilderException || t instanceof CertPathValidatorException;
  }

  private static String theirs(List<Throwable> causes, TlsFiles files) {
    String said = causes.getLast().getMessage();
    if (causes.stream().anyMatch(t -> t instanceof CertificateExpiredException || t instanceof CertificateNotYetValidException)) {
      return "it is not valid now (" + said + "); see to the clocks, or have it made anew";
    }
    if (said != null && said.startsWith("No ") && said.contains(" matching ")) {
      return "it is for another host (" + said + "); try a name that it has";
    }
    return "no authority in '" + files.authorities() + "' (--tls-ca) signed it (" + said + "); try the file of the one that did";
  }

  private static Optional<String> alert(Throwable t) {
    if (!(t instanceof SSLException) || t.getMessage() == null) return Optional.empty();
    Matcher m = ALERT.matcher(t.getMessage());
    return t.getMessage().toLowerCase(Locale.ROOT).contains("alert") && m.find() ? Optional.of(m.group().toLowerCase(Locale.ROOT)
        .replace('_', ' ')) : Optional.empty();
  }
}
