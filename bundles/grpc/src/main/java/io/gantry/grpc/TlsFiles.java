package io.gantry.grpc;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a server by mutual TLS needs, as files in PEM.
 *
 * @param certificate its chain
 * @param key its private key, PKCS #8
 * @param clients certificates of those that sign clients' ones
 */
record TlsFiles(Path certificate, Path key, Path clients) {
  /** @throws IOException a file is missing or wrong; the message names it */
  ServerCredentials credentials() throws IOException {
    for (Path file : new Path[] {certificate, key, clients}) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new IOException("'" + file + "' is no file that can be read; an address of the network needs certificate, key and clients");
      }
    }
    return TlsServerCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile()).trustManager(clients.toFile())
        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE).build();
  }
}
