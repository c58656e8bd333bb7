package io.gantry.grpc;

import io.gantry.api.InvalidException;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a server by mutual TLS needs, as files in PEM.
 *
 * @param certificate its chain
 * @param key its private key, PKCS #8
 * @param clients certificates of those that sign clients' ones
 */
record TlsFiles(Path certificate, Path key, Path clients) {
  /** Value of a key, and what it is for. */
  private record Value(String key, Path file, String what) {}

  private List<Value> values() {
    return List.of(new Value("certificate", certificate, "the server's certificate chain"), new Value("key", key,
        "the server's private key, PKCS #8"), new Value("clients", clients, "certificates of those that sign clients' ones"));
  }

  /**
   * @throws InvalidException a key is empty, the message names all that are; or the private key is not that of the certificate
   * @throws IOException a file is missing or wrong; the message names it and its key
   */
  ServerCredentials credentials() throws IOException {
    String empty = values().stream().filter(v -> v.file().toString().isEmpty()).map(v -> v.key() + " (" + v.what() + ")")
        .collect(Collectors.joining(", "));
    if (!empty.isEmpty()) {
      throw new InvalidException("'address' is served by mutual TLS alone, and of the three files that needs, in PEM, there is none"
          + " for " + empty + "; write where they are, e.g. certificate = /etc/gantry/server.pem");
    }
    for (Value v : values()) {
      if (!Files.isReadable(v.file()) || Files.isDirectory(v.file())) {
        throw new IOException(v.key() + " = '" + v.file() + "' is no file that can be read, expected " + v.what() + ", as PEM");
      }
    }
    if (!CertifiedKey.fits(certificate, key)) {
      throw new InvalidException("key = '" + key + "' is not that of certificate = '" + certificate
          + "', whose own comes first in its file");
    }
    return TlsServerCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile()).trustManager(clients.toFile())
        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE).build();
  }

  /** One of them is not what it should be. */
  InvalidException wrong(IllegalArgumentException e) {
    String all = values().stream().map(v -> v.key() + " = '" + v.file() + "'").collect(Collectors.joining(", "));
    return new InvalidException(all + ": expected PEM each, the key as PKCS #8; found: " + e.getMessage(), e);
  }
}
