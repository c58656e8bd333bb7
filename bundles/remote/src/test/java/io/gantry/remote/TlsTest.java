package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Programs;
import io.gantry.service.content.WriterSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manager of the network. */
class TlsTest {
  private static final Scope SCOPE = Scope.root();
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

  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void certificatesOfBothSidesAreChecked() throws Exception {
    Pair server = Pair.make(dir, "server");
    Pair client = Pair.make(dir, "client");
    Pair stranger = Pair.make(dir, "stranger");
    int port = free();
    String address = "tcp://127.0.0.1:" + port;
    var tls = Map.of("address", "127.0.0.1:" + port, "certificate", server.certificate().toString(), "key", server.key().toString(),
        "clients", client.certificate().toString());
    try (var engine = new Engine(dir.resolve("manager"), tls)) {
      var right = new TlsFiles(client.certificate(), client.key(), server.certificate());
      try (var manager = RemoteManager.connect(Address.parse(address, right))) {
        assertFalse(manager.version(SCOPE).version().isEmpty());
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        var made = manager.contents().put(SCOPE, WriterSpec.of("r"), bytes);
        assertArrayEquals(bytes, manager.contents().reader(SCOPE, made.digest()).stream(0).readAllBytes());
      }
      for (TlsFiles wrong : new TlsFiles[] {new TlsFiles(stranger.certificate(), stranger.key(), server.certificate()),
          new TlsFiles(client.certificate(), client.key(), stranger.certificate())}) {
        try (var manager = RemoteManager.connect(Address.parse(address, wrong))) {
          String said = assertThrows(UnavailableException.class, () -> manager.version(SCOPE)).getMessage();
          assertTrue(said.contains(address), said);
        }
      }
    }
  }

  @Test
  void filesThatAreNoneAreTold() throws Exception {
    Pair client = Pair.make(dir, "client");
    Path none = dir.resolve("nosuch.key");
    var missing = new TlsFiles(client.certificate(), none, client.certificate());
    String said = assertThrows(IOException.class, () -> RemoteManager.connect(Address.parse("tcp://127.0.0.1:1", missing))).getMessage();
    assertTrue(said.contains(none.toString()), said);
    Path text = Files.writeString(dir.resolve("text"), "no key");
    var wrong = new TlsFiles(client.certificate(), text, client.certificate());
    String bad = assertThrows(IOException.class, () -> RemoteManager.connect(Address.parse("tcp://127.0.0.1:1", wrong))).getMessage();
    assertTrue(bad.contains(text.toString()), bad);
  }
}
