package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.DeniedException;
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
      assertEquals("the manager at " + address + " answered, and refused the certificate '" + stranger.pem() + "' (internal error): "
          + "expected one that an authority of its 'clients' signed (grpc.cfg there); try another one with its key (--tls-cert, --tls-key)",
          refused(address, new TlsFiles(stranger.pem(), stranger.key(), server.pem())));
      assertEquals("the key '" + stranger.key() + "' (--tls-key) is not that of the certificate '" + client.pem()
          + "' (--tls-cert), so " + address + " was not asked", refused(address, new TlsFiles(client.pem(), stranger.key(), server.pem())));
      String other = refused(address, new TlsFiles(client.pem(), client.key(), stranger.pem()));
      assertTrue(other.startsWith("the manager at " + address + " answered, and its certificate is refused here: no authority in '"
          + stranger.pem() + "' (--tls-ca) signed it ("), other);
    }
    var silent = new TlsFiles(client.pem(), client.key(), server.pem());
    try (var manager = RemoteManager.connect(Address.parse(address, silent))) {
      String said = assertThrows(UnavailableException.class, () -> manager.version(SCOPE)).getMessage();
      assertTrue(said.startsWith("no manager answers at " + address), said);
    }
  }

  private static String refused(String address, TlsFiles wrong) throws IOException {
    try (var manager = RemoteManager.connect(Address.parse(address, wrong))) {
      return assertThrows(DeniedException.class, () -> manager.version(SCOPE)).getMessage();
    }
  }

  @Test
  void aCertificateOfAnotherHostIsTold() throws Exception {
    TestCertificate server = TestCertificate.otherHost(dir);
    int port = free();
    String address = "tcp://127.0.0.1:" + port;
    var tls = Map.of("address", "127.0.0.1:" + port, "certificate", server.pem().toString(), "key", server.key().toString(), "clients",
        server.pem().toString());
    try (var engine = new Engine(dir.resolve("manager"), tls)) {
      String said = refused(address, new TlsFiles(server.pem(), server.key(), server.pem()));
      assertTrue(said.startsWith("the manager at " + address + " answered, and its certificate is refused here: it is for another host ("),
          said);
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
