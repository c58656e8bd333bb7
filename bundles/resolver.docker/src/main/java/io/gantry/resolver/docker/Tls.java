package io.gantry.resolver.docker;

import io.gantry.api.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * How to reach and trust a host.
 *
 * @param ca files of authorities that are trusted besides the JVM's own
 * @param client certificates to show, each with its key
 * @param skipVerify trusts anybody
 * @param dialTimeout for the connection; empty for the default
 */
record Tls(List<Path> ca, List<Pair> client, boolean skipVerify, Optional<Duration> dialTimeout) {
  static final Tls DEFAULT = new Tls(List.of(), List.of(), false, Optional.empty());

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

  /** Files of a certificate chain and of its key; one file may hold both. */
  record Pair(Path certificate, Path key) {}

  Tls {
    ca = List.copyOf(ca);
    client = List.copyOf(client);
  }

  /** Whether the JVM's own context does. */
  boolean isDefault() {
    return ca.isEmpty() && client.isEmpty() && !skipVerify;
  }

  /** Changes when one of the files does, so that a renewed certificate is taken up. */
  String stamp() throws IOException {
    StringBuilder s = new StringBuilder();
    List<Path> files = new ArrayList<>(ca);
    client.forEach(p -> files.addAll(List.of(p.certificate, p.key)));
    for (Path f : files) {
      if (!Files.isReadable(f)) throw new InvalidException(f + ", named in hosts.toml, cannot be read");
      s.append(f).append('@').append(Files.getLastModifiedTime(f)).append('+').append(Files.size(f)).append('\n');
    }
    return s.toString();
  }

  SSLContext context() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(client.isEmpty() ? null : keys(), skipVerify ? new TrustManager[] {new Anybody()} : ca.isEmpty() ? null : authorities(),
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new InvalidException("TLS as hosts.toml wants it cannot be set up: " + e.getMessage(), e);
    }
  }

  private TrustManager[] authorities() throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (TrustManager m : managers(null)) {
      if (m instanceof X509TrustManager x) {
        for (X509Certificate c : x.getAcceptedIssuers()) store.setCertificateEntry("jvm-" + store.size(), c);
      }
    }
    for (Path file : ca) for (Certificate c : certificates(file)) store.setCertificateEntry("own-" + store.size(), c);
    TrustManager[] all = managers(store);
    for (int i = 0; i < all.length; i++) if (all[i] instanceof X509ExtendedTrustManager x) all[i] = new Dated(x);
    return all;
  }

  private static TrustManager[] managers(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory f = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    f.init(store);
    return f.getTrustManagers();
  }

  private KeyManager[] keys() throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (Pair p : client) {
      store.setKeyEntry("client-" + store.size(), key(p.key), new char[0], certificates(p.certificate).toArray(new Certificate[0]));
    }
    KeyManagerFactory f = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    f.init(store, new char[0]);
    return f.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file) throws GeneralSecurityException, IOException {
    String pem = Files.readString(file, StandardCharsets.ISO_8859_1);
    int start = pem.indexOf("-----BEGIN CERTIFICATE-----");
    if (start < 0) throw new InvalidException(file + " has no PEM certificate (-----BEGIN CERTIFICATE-----)");
    String only = Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL).matcher(pem).results()
        .map(r -> r.group() + "\n").reduce("", String::concat);
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(only.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
    Matcher m = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!m.find()) throw new InvalidException(file + " has no PEM private key (-----BEGIN PRIVATE KEY-----)");
    if (!m.group(1).equals("PRIVATE KEY")) {
      throw new InvalidException(file + " has a key in the form '" + m.group(1) + "'; convert it: openssl pkcs8 -topk8 -nocrypt -in "
          + file);
    }
    byte[] der = Base64.getMimeDecoder().decode(m.group(2));
    for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        continue; // a key of the next algorithm
      }
    }
    throw new InvalidException(file + " has a private key that is neither RSA, EC nor EdDSA");
  }

  /** The JVM takes a certificate that is itself named as authority without a look at its dates. */
  private static final class Dated extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager jvm;

    Dated(X509ExtendedTrustManager jvm) {
      this.jvm = jvm;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket s) throws CertificateException {
      jvm.checkClientTrusted(chain, type, s);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket s) throws CertificateException {
      jvm.checkServerTrusted(chain, type, s);
      chain[0].checkValidity();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine e) throws CertificateException {
      jvm.checkClientTrusted(chain, type, e);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine e) throws CertificateException {
      jvm.checkServerTrusted(chain, type, e);
      chain[0].checkValidity();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
      jvm.checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
      jvm.checkServerTrusted(chain, type);
      chain[0].checkValidity();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return jvm.getAcceptedIssuers();
    }
  }

  /** For skip_verify. The extended form, since the JVM adds the check of host names around any other. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket s) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket s) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine e) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine e) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
