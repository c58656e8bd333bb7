package io.gantry.kit.registry;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate that signs itself, made by the {@code keytool} of the running JDK.
 *
 * @param store its PKCS 12 file with the key
 * @param pem a file with the certificate alone, as clients trust it
 */
public record TestCertificate(Path store, Path pem) {
  private static final String PASSWORD = "changeit";

  /** For {@code 127.0.0.1} and {@code localhost}, valid from now. */
  public static TestCertificate create(Path folder) throws IOException {
    return create(folder, "good");
  }

  /** The same, one of several in a folder. */
  public static TestCertificate create(Path folder, String name) throws IOException {
    return create(folder, name, "san=ip:127.0.0.1,dns:localhost", "-1d");
  }

  /** For another host than it will be met on. */
  public static TestCertificate otherHost(Path folder) throws IOException {
    return create(folder, "other", "san=dns:elsewhere.invalid", "-1d");
  }

  /** Ended a long time ago. */
  public static TestCertificate expired(Path folder) throws IOException {
    return create(folder, "expired", "san=ip:127.0.0.1,dns:localhost", "-400d");
  }

  private static TestCertificate create(Path folder, String name, String names, String from) throws IOException {
    Path store = folder.resolve(name + ".p12");
    Files.deleteIfExists(store);
    Programs.output(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "kit", "-keyalg", "EC",
        "-dname", "CN=kit", "-startdate", from, "-validity", "300", "-ext", names, "-storetype", "PKCS12", "-storepass", PASSWORD,
        "-keystore",
        store.toString());
    try {
      KeyStore made = load(store);
      Path pem = pem(folder.resolve(name + ".pem"), "CERTIFICATE", made.getCertificate("kit").getEncoded());
      var certificate = new TestCertificate(store, pem);
      pem(certificate.key(), "PRIVATE KEY", made.getKey("kit", PASSWORD.toCharArray()).getEncoded());
      return certificate;
    } catch (GeneralSecurityException e) {
      throw new IOException("a certificate that keytool has just made cannot be read from " + store, e);
    }
  }

  private static Path pem(Path file, String what, byte[] der) throws IOException {
    return Files.writeString(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END " + what + "-----\n");
  }

  /** A file with the key alone, as PEM of PKCS 8. */
  public Path key() {
    return Path.of(store.toString().replaceFirst("p12$", "key"));
  }

  /** For a server with this certificate. */
  SSLContext context() throws IOException {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(load(store), PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS with the certificate in " + store, e);
    }
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }
}
