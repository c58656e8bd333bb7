package io.gantry.remote;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a client by mutual TLS needs, as files in PEM.
 *
 * @param certificate its chain, which one of the server's {@code clients} signed
 * @param key its private key, PKCS #8
 * @param authorities certificates of those that sign servers' ones
 */
public record TlsFiles(Path certificate, Path key, Path authorities) {
  /** @throws IOException a file is missing or wrong; the message names it */
  ChannelCredentials credentials() throws IOException {
    for (Path file : new Path[] {certificate, key, authorities}) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new IOException("'" + file
            + "' is no file that can be read; an address of the network needs certificate, key and authorities");
      }
    }
    return TlsChannelCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile()).trustManager(authorities.toFile()).build();
  }

  /** One of them is not what it should be. */
  IOException wrong(IllegalArgumentException e) {
    return new IOException("certificate '" + certificate + "', key '" + key + "', authorities '" + authorities
        + "': expected PEM each, the key as PKCS #8; found: " + e.getMessage(), e);
  }
}
