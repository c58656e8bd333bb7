package io.gantry.grpc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The private key of a certificate. The transport takes any, and fails at each client, which thinks that its own was refused. */
final class CertifiedKey {
  private static final Pattern PEM = Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);
  /** How to sign, by the algorithm of the public key. */
  private static final Map<String, String> SIGNATURES = Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");
  private static final byte[] ANY = {1, 2, 3};

  private CertifiedKey() {}

  /** Whether they belong together, by a signature; also true where that cannot be told, as of files that are not what they should be. */
  static boolean fits(Path certificate, Path key) throws IOException {
    Matcher pem = PEM.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
    if (!pem.find()) return true;
    try (InputStream in = Files.newInputStream(certificate)) {
      PublicKey open = CertificateFactory.getInstance("X.509").generateCertificate(in).getPublicKey();
      String signature = SIGNATURES.get(open.getAlgorithm());
      return signature == null || verifies(signature, open, new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1))));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return true; // the transport says what is wrong with it
    }
  }

  private static boolean verifies(String algorithm, PublicKey open, PKCS8EncodedKeySpec key) throws GeneralSecurityException {
    PrivateKey secret;
    try {
      secret = KeyFactory.getInstance(open.getAlgorithm()).generatePrivate(key);
    } catch (InvalidKeySpecException e) {
      return false; // a key of another kind
    }
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(secret);
    signature.update(ANY);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(ANY);
    return signature.verify(signed);
  }
}
