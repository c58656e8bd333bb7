package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.BLOB;
import static io.gantry.resolver.docker.World.IMAGE;
import static io.gantry.resolver.docker.World.LAYER;
import static io.gantry.resolver.docker.World.read;
import static io.gantry.resolver.docker.World.reference;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.TestCertificate;
import io.gantry.spi.resolver.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir static Path certificates;
  private static TestCertificate good;
  private static TestCertificate otherHost;
  private static TestCertificate expired;
  @TempDir Path folder;

  @BeforeAll
  static void make() throws IOException {
    good = TestCertificate.create(certificates);
    otherHost = TestCertificate.otherHost(certificates);
    expired = TestCertificate.expired(certificates);
  }

  private static FaultyRegistry serve(TestCertificate c) throws IOException {
    return FaultyRegistry.startTls(c).add("a/b", "latest", IMAGE);
  }

  private String refused(FaultyRegistry registry, HostsConfig hosts) {
    try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
      return assertThrows(InvalidException.class, () -> r.resolve(reference(registry.host() + "/a/b"), Access.anonymous())).getMessage();
    }
  }

  private static void works(FaultyRegistry registry, HostsConfig hosts) throws IOException {
    try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
      assertEquals(IMAGE.descriptor(), r.resolve(reference(registry.host() + "/a/b"), Access.anonymous()).target());
      assertArrayEquals(LAYER.blob(), read(r, registry.host() + "/a/b", BLOB, 0));
    }
  }

  private HostsConfig hosts(FaultyRegistry registry, String settings) throws IOException {
    return World.hosts(folder, registry.host(), "server = \"" + registry.uri() + "\"\n" + settings);
  }

  @Test
  void aCertificateNobodyKnowsIsRefusedWithAHint() throws Exception {
    try (FaultyRegistry registry = serve(good)) {
      String message = refused(registry, HostsConfig.folder(folder));
      assertEquals(
          "resolving " + registry.host() + "/a/b:latest: the certificate of " + registry.host()
              + " is not trusted (unable to find valid certification path to requested target); where it is your own, name its authority's "
              + "file as ca ="
              + " \"…\" in " + folder.resolve(registry.host().replace(':', '_')).resolve("hosts.toml"),
          message);
    }
  }

  @Test
  void itsAuthorityInHostsTomlMakesItTrusted() throws Exception {
    try (FaultyRegistry registry = serve(good)) {
      works(registry, hosts(registry, "ca = \"" + good.pem() + "\""));
    }
  }

  @Test
  void anotherHostsCertificateIsRefusedAlthoughItsAuthorityIsTrusted() throws Exception {
    try (FaultyRegistry registry = serve(otherHost)) {
      String message = refused(registry, hosts(registry, "ca = \"" + otherHost.pem() + "\""));
      assertTrue(message.contains("is another host's (No subject alternative names matching IP address 127.0.0.1 found)"), message);
      works(registry, hosts(registry, "skip_verify = true"));
    }
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    try (FaultyRegistry registry = serve(expired)) {
      String message = refused(registry, hosts(registry, "ca = \"" + expired.pem() + "\""));
      assertTrue(message.contains("is not trusted (NotAfter: "), message);
    }
  }

  @Test
  void filesThatAreMissingOrNoCertificateAreNamed() throws Exception {
    try (FaultyRegistry registry = serve(good)) {
      Path dir = folder.resolve(registry.host().replace(':', '_'));
      assertEquals(dir.resolve("none.pem") + ", named in hosts.toml, cannot be read",
          refused(registry, hosts(registry, "ca = \"none.pem\"")));
      Files.writeString(dir.resolve("bad.pem"), "hello");
      assertEquals(dir.resolve("bad.pem") + " has no PEM certificate (-----BEGIN CERTIFICATE-----)",
          refused(registry, hosts(registry, "ca = \"bad.pem\"")));
    }
  }

  @Test
  void aRenewedAuthorityIsTakenUpWithoutARestart() throws Exception {
    try (FaultyRegistry registry = serve(good)) {
      Path dir = folder.resolve(registry.host().replace(':', '_'));
      HostsConfig hosts = hosts(registry, "ca = \"ca.pem\"");
      Files.copy(otherHost.pem(), dir.resolve("ca.pem"));
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        assertThrows(InvalidException.class, () -> r.resolve(reference(registry.host() + "/a/b"), Access.anonymous()));
        Files.writeString(dir.resolve("ca.pem"), "\n" + Files.readString(good.pem()));
        assertEquals(IMAGE.descriptor(), r.resolve(reference(registry.host() + "/a/b"), Access.anonymous()).target());
      }
    }
  }

  @Test
  void plainHttpIsForLoopbackAlone() throws Exception {
    try (FaultyRegistry plain = FaultyRegistry.start().add("a/b", "latest", IMAGE)) {
      works(plain, HostsConfig.none());
      String port = plain.host().substring(plain.host().indexOf(':'));
      try (DockerResolver r = World.resolver()) {
        assertEquals(IMAGE.descriptor(), r.resolve(reference("localhost" + port + "/a/b"), Access.anonymous()).target());
      }
      HostsConfig https = World.hosts(folder, plain.host(), "server = \"https://" + plain.host() + "\"");
      String message = refused(plain, https);
      assertTrue(message.contains(plain.host() + " does not speak TLS (") && message.endsWith("); plain http is for loopback hosts only"),
          message);
    }
  }

  /** As a server of plain http is that waits for the end of the line which a greeting of TLS seems to begin. */
  @Test
  void oneOfLoopbackThatIsSilentToTlsIsAskedByPlainHttp() throws Exception {
    try (FaultyRegistry plain = FaultyRegistry.start().add("a/b", "latest", IMAGE);
        Doorman silent = new Doorman(Doorman.port(plain.host()), Duration.ofHours(1)); DockerResolver r = World.resolver()) {
      Instant before = Instant.now();
      assertEquals(IMAGE.descriptor(), r.resolve(reference(silent.host() + "/a/b"), Access.anonymous()).target());
      assertArrayEquals(LAYER.blob(), read(r, silent.host() + "/a/b", BLOB, 0));
      Duration took = Duration.between(before, Instant.now());
      assertTrue(took.compareTo(Duration.ofSeconds(6)) < 0, "it took " + took + ", with one wait of 3 s");
    }
  }

  @Test
  void oneOfLoopbackThatIsSilentToAllIsGivenUp() throws Exception {
    try (Doorman mute = new Doorman(0, Duration.ZERO); DockerResolver r = World.resolver()) {
      Instant before = Instant.now();
      String message = assertThrows(UnavailableException.class, () -> r.resolve(reference(mute.host() + "/a/b"), Access.anonymous()))
          .getMessage();
      Duration took = Duration.between(before, Instant.now());
      assertTrue(took.compareTo(Duration.ofSeconds(18)) < 0, "it took " + took + ", with waits of 3 and 10 s");
      assertTrue(message.startsWith("resolving " + mute.host() + "/a/b:latest: " + mute.host()
          + " began no TLS within 3 s, and gave no answer to plain http within 10 s; "), message);
    }
  }

  @Test
  void oneOfLoopbackThatIsSlowToBeginTlsIsAskedByTls() throws Exception {
    try (FaultyRegistry registry = serve(good); Doorman slow = new Doorman(Doorman.port(registry.host()), Duration.ofSeconds(5))) {
      HostsConfig hosts = World.hosts(folder, slow.host(), "server = \"" + slow.host() + "\"\nca = \"" + good.pem() + "\"");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        assertEquals(IMAGE.descriptor(), r.resolve(reference(slow.host() + "/a/b"), Access.anonymous()).target());
      }
    }
  }
}
