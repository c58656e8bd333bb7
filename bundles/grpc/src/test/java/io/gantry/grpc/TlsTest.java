package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import io.gantry.kit.image.Programs;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API on an address of the network. */
class TlsTest {
  @TempDir Path dir;

  /** A key and a certificate that signs itself, as PEM files. */
  private record Pair(Path key, Path certificate) {
    static Pair make(Path dir, String name) throws Exception {
      Path store = dir.resolve(name + ".p12");
      Programs.output(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "k", "-keyalg", "EC",
          "-dname", "CN=" + name, "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12", "-storepass", "changeit", "-keystore",
          store.toString());
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, "changeit".toCharArray());
      }
      return new Pair(pem(dir.resolve(name + ".key"), "PRIVATE KEY", keys.getKey("k", "changeit".toCharArray()).getEncoded()),
          pem(dir.resolve(name + ".crt"), "CERTIFICATE", keys.getCertificate("k").getEncoded()));
    }

    private static Path pem(Path file, String what, byte[] der) throws IOException {
      return Files.writeString(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
          + "\n-----END " + what + "-----\n");
    }
  }

  private static String version(int port, ChannelCredentials credentials) throws InterruptedException {
    ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port, credentials).build();
    try {
      return VersionGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance()).getVersion();
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void onlyClientsWithACertificateAreServed() throws Exception {
    Pair server = Pair.make(dir, "server");
    Pair client = Pair.make(dir, "client");
    Pair stranger = Pair.make(dir, "stranger");
    var files = new TlsFiles(server.certificate(), server.key(), client.certificate());
    try (var listener = Listener.tcp("127.0.0.1:0", files, List.of(new VersionApi("1.2.3", "")))) {
      TlsChannelCredentials.Builder trusting = TlsChannelCredentials.newBuilder().trustManager(server.certificate().toFile());
      assertEquals("1.2.3", version(listener.port(),
          trusting.keyManager(client.certificate().toFile(), client.key().toFile()).build()));
      for (ChannelCredentials wrong : List.of(
          TlsChannelCredentials.newBuilder().trustManager(server.certificate().toFile()).build(),
          TlsChannelCredentials.newBuilder().trustManager(server.certificate().toFile())
              .keyManager(stranger.certificate().toFile(), stranger.key().toFile()).build())) {
        var refused = assertThrows(StatusRuntimeException.class, () -> version(listener.port(), wrong));
        assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      }
    }
  }

  @Test
  void wrongFilesAndAddressesAreTold() throws Exception {
    Pair server = Pair.make(dir, "server");
    var missing = new TlsFiles(server.certificate(), dir.resolve("nosuch.key"), server.certificate());
    String said = assertThrows(IOException.class, () -> Listener.tcp("127.0.0.1:0", missing, List.of())).getMessage();
    assertTrue(said.contains(dir.resolve("nosuch.key").toString()), said);
    var good = new TlsFiles(server.certificate(), server.key(), server.certificate());
    String address = assertThrows(IOException.class, () -> Listener.tcp("localhost", good, List.of())).getMessage();
    assertTrue(address.contains("expected HOST:PORT"), address);
  }
}
