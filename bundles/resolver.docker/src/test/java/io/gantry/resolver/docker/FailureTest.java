package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.BLOB;
import static io.gantry.resolver.docker.World.IMAGE;
import static io.gantry.resolver.docker.World.LAYER;
import static io.gantry.resolver.docker.World.read;
import static io.gantry.resolver.docker.World.reference;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.spi.resolver.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One clear message for each thing that goes wrong, of the right type (R-4). */
class FailureTest extends OneRegistry {
  private static final String ZEROS = "sha256:" + "0".repeat(64);

  private <E extends GantryException> E resolving(Class<E> type, String name) {
    return assertThrows(type, () -> resolver.resolve(reference(name), Access.anonymous()));
  }

  private <E extends IOException> E opening(Class<E> type, long offset) {
    return assertThrows(type, () -> read(resolver, host + "/a/b:latest", BLOB, offset));
  }

  private String tag() {
    return "resolving " + host + "/a/b:latest: " + host;
  }

  private String blob() {
    return "fetching " + LAYER.digest() + " of " + host + "/a/b:latest: " + host;
  }

  @Test
  void unknownImage() {
    assertEquals(
        "resolving " + host + "/no/such:latest: " + host
        + " has no tag 'latest' in 'no/such' (404 MANIFEST_UNKNOWN: unknown: latest); check the name",
        resolving(NotFoundException.class, host + "/no/such").getMessage());
  }

  @Test
  void unknownTag() {
    assertEquals(
        "resolving " + host + "/a/b:9: " + host + " has no tag '9' in 'a/b' (404 MANIFEST_UNKNOWN: unknown: 9); check the name",
        resolving(NotFoundException.class, host + "/a/b:9").getMessage());
  }

  @Test
  void unknownDigest() {
    assertEquals(
        "resolving " + host + "/a/b@" + ZEROS + ": " + host + " has no manifest " + ZEROS + " in 'a/b' (404 MANIFEST_UNKNOWN: unknown: "
        + ZEROS
            + "); check the name",
        resolving(NotFoundException.class, host + "/a/b@" + ZEROS).getMessage());
  }

  @Test
  void unknownHost() {
    assertEquals(
        "resolving nowhere.invalid/a:latest: there is no host 'nowhere.invalid' (name not known); check the name",
        resolving(UnavailableException.class, "nowhere.invalid/a").getMessage());
  }

  @Test
  void nobodyAtThePort() throws Exception {
    int port;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = s.getLocalPort();
    }
    String at = "127.0.0.1:" + port;
    String message = resolving(UnavailableException.class, at + "/a").getMessage();
    assertTrue(message.matches("resolving " + at + "/a:latest: nobody listens at " + at + " \\(.+\\); check host and port"), message);
  }

  @Test
  void noRegistryButAWebServer() {
    registry.fault(On.every(), Fault.html());
    assertEquals(
        tag() + " is not a registry: http://" + host
        + "/v2/a/b/manifests/latest answered 200 with text/html (a web page; perhaps a login or proxy stands"
            + " between)",
        resolving(InvalidException.class, host + "/a/b").getMessage());
    registry.heal().fault(On.every(), Fault.answer(404, "text/html", "<html>nothing</html>"));
    assertEquals(
        tag() + " is not a registry: http://" + host
        + "/v2/a/b/manifests/latest answered 404 with text/html (a web page; perhaps a login or proxy stands"
            + " between)",
        resolving(InvalidException.class, host + "/a/b").getMessage());
  }

  @Test
  void noRegistryButAnotherProtocol() throws Exception {
    try (RawServer server = new RawServer("SSH-2.0-OpenSSH_9.2\r\n")) {
      String at = server.host();
      String message = resolving(InvalidException.class, at + "/a").getMessage();
      assertTrue(message.startsWith("resolving " + at + "/a:latest: " + at
          + " is not a registry: it does not speak HTTP (Invalid status line"), message);
    }
  }

  @Test
  void wrongDigestOfAManifest() {
    registry.fault(On.manifests(), Fault.wrongBytes().and(Fault.header("Content-Type", "application/json")));
    CorruptException e = resolving(CorruptException.class, host + "/a/b");
    assertTrue(e.getMessage().startsWith(tag() + " sent other bytes than those it names: expected " + IMAGE.descriptor().digest()
        + ", found sha256:"), e.getMessage());
    registry.heal().fault(On.manifests(), Fault.wrongDigestHeader());
    String name = host + "/a/b@" + IMAGE.descriptor().digest();
    assertEquals(
        "resolving " + name + ": " + host + " gave another manifest than asked for: expected " + IMAGE.descriptor().digest() + ", found "
        + ZEROS,
        resolving(CorruptException.class, name).getMessage());
  }

  @Test
  void aDigestThatIsNone() {
    registry.fault(On.manifests(), Fault.header("Docker-Content-Digest", "sha256:../../etc"));
    assertEquals(
        tag() + " names a digest that is none: digest 'sha256:../../etc' is not 64 lower-case hexadecimal digits",
        resolving(InvalidException.class, host + "/a/b").getMessage());
  }

  @Test
  void aManifestThatIsNone() {
    registry.fault(On.manifests(), Fault.answer(200, "application/json", "hello"));
    String message = resolving(InvalidException.class, host + "/a/b").getMessage();
    assertTrue(message.startsWith("resolving " + host + "/a/b:latest: the manifest from " + host + " is not JSON: "), message);
    assertTrue(message.endsWith("(it starts with 'hello')"), message);
  }

  @Test
  void aManifestThatIsTwoThings() {
    registry.fault(On.manifests(), Fault.answer(200, "application/json", "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}"));
    assertTrue(resolving(InvalidException.class, host + "/a/b").getMessage()
        .contains("has the fields of a manifest and of an index at once"));
  }

  @Test
  void aManifestThatIsHuge() {
    registry.fault(On.manifests(), Fault.noDigestHeader().and(Fault.padded(5 << 20)));
    assertEquals(
        tag() + " sends a manifest of more than 4194304 bytes", resolving(InvalidException.class, host + "/a/b").getMessage());
  }

  @Test
  void schema1() {
    registry.fault(On.manifests(), Fault.header("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"));
    assertEquals(
        tag() + " has a Docker schema 1 manifest, which is not read; push the image again with a current tool",
        resolving(UnsupportedException.class, host + "/a/b").getMessage());
  }

  @Test
  void tooManyRequestsWithAWait() {
    registry.fault(On.every(), Fault.tooManyRequests("17"));
    UnavailableException e = resolving(UnavailableException.class, host + "/a/b");
    assertEquals(tag() + " asks us to wait for 17 s (429)", e.getMessage());
    assertEquals(Duration.ofSeconds(17), e.retryAfter());
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(90));
    registry.heal().fault(On.every(), Fault.status(503).and(Fault.header("Retry-After", date)));
    Duration wait = opening(UnavailableException.class, 0).retryAfter();
    assertTrue(wait.toSeconds() > 80 && wait.toSeconds() <= 90, wait.toString());
    registry.heal().fault(On.every(), Fault.tooManyRequests("soon"));
    assertEquals(Duration.ZERO, opening(UnavailableException.class, 0).retryAfter());
  }

  @Test
  void aBlobThatIsNotThere() {
    registry.fault(On.blobs(), Fault.status(404));
    assertEquals(
        blob() + " has no blob " + LAYER.digest() + " in 'a/b' (404 NOT_FOUND: as told); check the name",
        opening(NotFoundException.class, 0).getMessage());
  }

  @Test
  void htmlInsteadOfABlob() {
    registry.fault(On.blobs(), Fault.html());
    assertTrue(opening(InvalidException.class, 0).getMessage().startsWith(blob() + " is not a registry: "));
  }

  @Test
  void aBodyThatIsShort() {
    int size = LAYER.blob().length;
    registry.fault(On.blobs(), Fault.shortBody(100));
    assertEquals(
        blob() + " has another size for " + LAYER.digest() + ": expected " + size + " bytes, found 100 bytes",
        opening(CorruptException.class, 0).getMessage());
    registry.heal().fault(On.blobs(), Fault.cutAfter(100));
    broke(opening(UnavailableException.class, 0).getMessage());
    registry.heal().fault(On.blobs(), Fault.cutAfter(100).and(Fault.reset()));
    broke(opening(UnavailableException.class, 0).getMessage());
  }

  /** The end may overtake the head of the answer: then the request breaks and not the body, and what was being done stands before it. */
  private void broke(String message) {
    String broke = "the connection to " + host + " broke: ";
    boolean request = message.startsWith("fetching " + LAYER.digest() + " of " + host + "/a/b:latest: " + broke);
    assertTrue(message.startsWith(broke) || request, message);
  }

  @Test
  void aBodyThatStandsStill() throws Exception {
    resolver.close();
    resolver = new DockerResolver(HostsConfig.none(), World.IMPATIENT);
    try (RawServer server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: " + LAYER.blob().length + "\r\n\r\nabc")) {
      UnavailableException e = assertThrows(UnavailableException.class, () -> read(resolver, server.host() + "/a/b:latest", BLOB, 0));
      assertEquals(server.host() + " sent nothing for 1 s", e.getMessage());
    }
  }

  @Test
  void noAnswerInTime() {
    resolver.close();
    Duration minute = Duration.ofMinutes(1);
    resolver = new DockerResolver(HostsConfig.none(), new DockerResolver.Options(minute, Duration.ofSeconds(1), minute, 10, false));
    registry.fault(On.every(), Fault.delay(Duration.ofHours(1)));
    assertEquals(tag() + " did not answer within 1 s", resolving(UnavailableException.class, host + "/a/b").getMessage());
  }

  @Test
  void aRangeBeyondTheEnd() {
    registry.fault(On.blobs(), (q, r) -> Fault.status(416).and(Fault.header("Content-Range", "bytes */50")).spoil(q, r));
    assertEquals(
        blob() + " has fewer bytes of " + LAYER.digest() + " than 100: expected " + LAYER.blob().length + " bytes, found bytes */50",
        opening(CorruptException.class, 100).getMessage());
  }

  @Test
  void redirectsWithoutEndAndToWhereTheyMayNot() {
    registry.fault(On.blobs(), Fault.redirectTo("/v2/a/b/blobs/" + LAYER.digest() + "?token=secret"));
    String message = opening(InvalidException.class, 0).getMessage();
    assertEquals(
        blob() + " redirects more than 10 times, last to http://" + host + "/v2/a/b/blobs/" + LAYER.digest() + "?…", message);
    assertEquals(11, registry.requests(On.blobs()).size());
    registry.heal().fault(On.blobs(), Fault.redirectTo("http://169.254.169.254/latest/meta-data?token=secret"));
    assertEquals(
        blob() + " redirects to http://169.254.169.254/latest/meta-data?…, which is plain http; refused", opening(DeniedException.class, 0)
        .getMessage());
    registry.heal().fault(On.blobs(), Fault.redirectTo("https://169.254.169.254/latest"));
    assertEquals(
        blob() + " redirects to https://169.254.169.254/latest, which is an address inside (link); refused",
        opening(DeniedException.class, 0).getMessage());
  }

  @Test
  void aBrokenHostsFileIsNoWayToTheOrigin() throws Exception {
    HostsConfig hosts = World.hosts(folder, host, "[host.\"https://mirror\"\n");
    try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
      InvalidException e = assertThrows(InvalidException.class, () -> r.resolve(reference(host + "/a/b"), Access.anonymous()));
      assertTrue(e.getMessage().endsWith("hosts.toml:1: the name of a table ends with ']', found the end of the line"), e.getMessage());
      assertEquals(0, registry.requests().size());
    }
  }

  @Test
  void tellsOfEveryHostThatWasAsked() throws Exception {
    try (FaultyRegistry mirror = FaultyRegistry.start()) {
      HostsConfig hosts = World.hosts(folder, "docker.io", "server = \"" + registry.uri() + "\"\n[host.\"" + mirror.uri() + "\"]");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        mirror.fault(On.every(), Fault.status(500));
        NotFoundException e = assertThrows(NotFoundException.class, () -> r.resolve(reference("x"), Access.anonymous()));
        assertEquals(
            "resolving docker.io/library/x:latest: " + mirror.host() + " has trouble (500); then " + host
                + " has no tag 'latest' in 'library/x' (404 MANIFEST_UNKNOWN: unknown: latest); check the name",
            e.getMessage());
        mirror.heal();
        registry.fault(On.every(), Fault.status(502));
        assertThrows(NotFoundException.class, () -> r.resolve(reference("x"), Access.anonymous()),
            "the origin could not be asked: the mirror's answer counts");
        mirror.fault(On.every(), Fault.tooManyRequests("9"));
        registry.heal().fault(On.every(), Fault.tooManyRequests("5"));
        UnavailableException u = assertThrows(UnavailableException.class, () -> r.resolve(reference("x"), Access.anonymous()));
        assertEquals(Duration.ofSeconds(5), u.retryAfter());
      }
    }
  }

  @Test
  void theTimeOfTheCallerCounts() {
    Access late = new Access() {
      @Override
      public Optional<io.gantry.spi.resolver.Credential> credential(String h, String challenge) {
        return Optional.empty();
      }

      @Override
      public Instant deadline() {
        return Instant.now().minusSeconds(1);
      }
    };
    assertEquals(
        "resolving " + host + "/a/b:latest: the time for it is up",
        assertThrows(UnavailableException.class, () -> resolver.resolve(reference(host + "/a/b"), late)).getMessage());
  }

  /** Answers with a body that never ends; whoever does not close what he cannot use keeps a connection to each of them. */
  @ParameterizedTest
  @ValueSource(strings = {"302 Found\r\nLocation: ht tp://no address/", "302 Found\r\nLocation: http://user@127.0.0.1/",
      "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"ht tp://no address\",service=\"s\"",
      "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://example.com/token\",service=\"s\""})
  void whatASenderOfNonsenseHoldsIsGivenBack(String answer) throws Exception {
    try (RawServer server = new RawServer("HTTP/1.1 " + answer + "\r\nContent-Length: 1000000\r\n\r\nabc")) {
      assertThrows(GantryException.class, () -> read(resolver, server.host() + "/a/b:latest", BLOB, 0));
      assertTrue(server.isAlone(), "a connection is still open");
    }
  }
}
