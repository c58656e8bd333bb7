package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Failures that {@link TlsTest} does not bring about. */
class HandshakeTest {
  private static final Address ADDRESS = Address.parse("tcp://h:1", new TlsFiles(Path.of("me.pem"), Path.of("me.key"), Path.of("ca.pem")));

  private static Optional<String> refusal(Throwable failure) {
    return Handshake.refusal(ADDRESS, new IOException("ssl exception", failure));
  }

  private static void alert(String expected, SSLException failure) {
    assertEquals(Optional.of("the manager at tcp://h:1 answered, and refused the certificate 'me.pem' (" + expected
        + "): expected one that an authority of its 'clients' signed (grpc.cfg there); try another one with its key (--tls-cert, "
        + "--tls-key)"), refusal(failure));
  }

  @Test
  void alertsAreKnownAsTheJdkAndOpenSslWriteThem() {
    alert("certificate required", new SSLException("error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED"));
    alert("unknown ca", new SSLException("error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA"));
    alert("bad certificate", new SSLHandshakeException("Received fatal alert: bad_certificate"));
    alert("certificate unknown", new SSLHandshakeException("(certificate_unknown) Received fatal alert: certificate_unknown"));
  }

  @Test
  void aTimeThatIsOverIsToldAsSuch() {
    var over = new CertPathValidatorException("validity check failed", new CertificateExpiredException("NotAfter: yesterday"));
    assertEquals(Optional.of("the manager at tcp://h:1 answered, and its certificate is refused here: it is not valid now (NotAfter: "
        + "yesterday); see to the clocks, or have it made anew"), refusal(new SSLHandshakeException("problem").initCause(over)));
  }

  @Test
  void whatIsNotAboutCertificatesIsNone() {
    for (Throwable t : new Throwable[] {new IOException("Connection reset by peer"), new SSLException("not an SSL/TLS record"),
        new SSLException("error:1:SSL routines:OPENSSL_internal:INTERNAL_ERROR")}) {
      assertEquals(Optional.empty(), refusal(t));
    }
    assertEquals(Optional.empty(), Handshake.refusal(Address.parse("unix:///s"), new SSLException("alert: unknown_ca")));
    assertEquals(Optional.empty(), Handshake.refusal(ADDRESS, null));
  }
}
