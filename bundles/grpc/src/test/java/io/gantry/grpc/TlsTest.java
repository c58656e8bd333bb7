package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import io.gantry.api.InvalidException;
import io.gantry.kit.registry.TestCertificate;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API on an address of the network. */
class TlsTest {
  @TempDir Path dir;

  static String version(int port, ChannelCredentials credentials) throws InterruptedException {
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
    TestCertificate server = TestCertificate.create(dir, "server");
    TestCertificate client = TestCertificate.create(dir, "client");
    TestCertificate stranger = TestCertificate.create(dir, "stranger");
    var files = new TlsFiles(server.pem(), server.key(), client.pem());
    try (var listener = Listener.tcp("127.0.0.1:0", files, Engine.offer(new VersionApi("1.2.3", "")))) {
      TlsChannelCredentials.Builder trusting = TlsChannelCredentials.newBuilder().trustManager(server.pem().toFile());
      assertEquals("1.2.3", version(listener.port(),
          trusting.keyManager(client.pem().toFile(), client.key().toFile()).build()));
      for (ChannelCredentials wrong : List.of(
          TlsChannelCredentials.newBuilder().trustManager(server.pem().toFile()).build(),
          TlsChannelCredentials.newBuilder().trustManager(server.pem().toFile())
              .keyManager(stranger.pem().toFile(), stranger.key().toFile()).build())) {
        var refused = assertThrows(StatusRuntimeException.class, () -> version(listener.port(), wrong));
        assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      }
    }
  }

  private static String refused(TlsFiles files) {
    return assertThrows(InvalidException.class, () -> Listener.tcp("127.0.0.1:0", files, Engine.offer())).getMessage();
  }

  @Test
  void wrongFilesAndAddressesAreTold() throws Exception {
    TestCertificate server = TestCertificate.create(dir, "server");
    var missing = new TlsFiles(server.pem(), dir.resolve("nosuch.key"), server.pem());
    String said = assertThrows(IOException.class, () -> Listener.tcp("127.0.0.1:0", missing, Engine.offer())).getMessage();
    assertEquals("key = '" + missing.key() + "' is no file that can be read, expected the server's private key, PKCS #8, as PEM", said);
    Path none = Path.of("");
    String empty = refused(new TlsFiles(none, none, server.pem()));
    assertTrue(
        empty.contains("there is none for certificate (the server's certificate chain), key (the server's private key, PKCS #8); write"),
        empty);
    Path text = Files.writeString(dir.resolve("text"), "no key");
    for (TlsFiles wrong : List.of(new TlsFiles(server.pem(), text, server.pem()), new TlsFiles(text, server.key(), server.pem()))) {
      String told = refused(wrong);
      assertTrue(told.startsWith("certificate = '" + wrong.certificate() + "', key = '" + wrong.key() + "', clients = "), told);
    }
    TestCertificate other = TestCertificate.create(dir, "other");
    assertEquals("key = '" + other.key() + "' is not that of certificate = '" + server.pem() + "', whose own comes first in its file",
        refused(new TlsFiles(server.pem(), other.key(), server.pem())));
    var good = new TlsFiles(server.pem(), server.key(), server.pem());
    String address = assertThrows(IOException.class, () -> Listener.tcp("localhost", good, Engine.offer())).getMessage();
    assertTrue(address.contains("expected HOST:PORT"), address);
  }
}
