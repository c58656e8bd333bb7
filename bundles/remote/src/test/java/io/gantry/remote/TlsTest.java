package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.registry.TestCertificate;
import io.gantry.service.content.WriterSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manager of the network. */
class TlsTest {
  private static final Scope SCOPE = Scope.root();
  @TempDir Path dir;

  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void certificatesOfBothSidesAreChecked() throws Exception {
    TestCertificate server = TestCertificate.create(dir, "server");
    TestCertificate client = TestCertificate.create(dir, "client");
    TestCertificate stranger = TestCertificate.create(dir, "stranger");
    int port = free();
    String address = "tcp://127.0.0.1:" + port;
    var tls = Map.of("address", "127.0.0.1:" + port, "certificate", server.pem().toString(), "key", server.key().toString(),
        "clients", client.pem().toString());
    try (var engine = new Engine(dir.resolve("manager"), tls)) {
      var right = new TlsFiles(client.pem(), client.key(), server.pem());
      try (var manager = RemoteManager.connect(Address.parse(address, right))) {
        assertFalse(manager.version(SCOPE).version().isEmpty());
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        var made = manager.contents().put(SCOPE, WriterSpec.of("r"), bytes);
        assertArrayEquals(bytes, manager.contents().reader(SCOPE, made.digest()).stream(0).readAllBytes());
      }
      for (TlsFiles wrong : new TlsFiles[] {new TlsFiles(stranger.pem(), stranger.key(), server.pem()),
          new TlsFiles(client.pem(), client.key(), stranger.pem())}) {
        try (var manager = RemoteManager.connect(Address.parse(address, wrong))) {
          String said = assertThrows(UnavailableException.class, () -> manager.version(SCOPE)).getMessage();
          assertTrue(said.contains(address), said);
        }
      }
    }
  }

  @Test
  void filesThatAreNoneAreTold() throws Exception {
    TestCertificate client = TestCertificate.create(dir, "client");
    Path none = dir.resolve("nosuch.key");
    var missing = new TlsFiles(client.pem(), none, client.pem());
    String said = assertThrows(IOException.class, () -> RemoteManager.connect(Address.parse("tcp://127.0.0.1:1", missing))).getMessage();
    assertTrue(said.contains(none.toString()), said);
    Path text = Files.writeString(dir.resolve("text"), "no key");
    var wrong = new TlsFiles(client.pem(), text, client.pem());
    String bad = assertThrows(IOException.class, () -> RemoteManager.connect(Address.parse("tcp://127.0.0.1:1", wrong))).getMessage();
    assertTrue(bad.contains(text.toString()), bad);
  }
}
