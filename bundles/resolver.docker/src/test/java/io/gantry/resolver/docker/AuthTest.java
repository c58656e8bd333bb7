package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.BLOB;
import static io.gantry.resolver.docker.World.IMAGE;
import static io.gantry.resolver.docker.World.LAYER;
import static io.gantry.resolver.docker.World.reference;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.BearerAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.Logged;
import io.gantry.kit.registry.On;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.security.auth.login.FailedLoginException;
import org.junit.jupiter.api.Test;

class AuthTest extends OneRegistry {
  private World.Watched ann(String password) {
    return new World.Watched(Map.of(host, new Credential("ann", password)));
  }

  private byte[] pull(Access access) throws IOException {
    Resolved found = resolver.resolve(reference(host + "/a/b"), access);
    try (Body body = resolver.open(found, BLOB, 0, access)) {
      return body.stream().readAllBytes();
    }
  }

  @Test
  void basic() throws Exception {
    registry.require(new BasicAuth(Map.of("ann", "pass:wörd")));
    assertArrayEquals(LAYER.blob(), pull(ann("pass:wörd")));
    assertEquals(1, registry.requests().stream().filter(l -> l.status() == 401).count(), "the second request brings the password along");
  }

  @Test
  void anonymousToken() throws Exception {
    BearerAuth auth = BearerAuth.anonymous();
    registry.require(auth);
    assertArrayEquals(LAYER.blob(), pull(Access.anonymous()));
    assertArrayEquals(LAYER.blob(), pull(Access.anonymous()));
    assertEquals(1, auth.given());
    assertEquals("GET /token?service=kit&scope=repository%3Aa%2Fb%3Apull", registry.requests(On.tokens()).getFirst().request().toString());
  }

  @Test
  void tokenForAUser() throws Exception {
    registry.require(BearerAuth.users(Map.of("ann", "secret")));
    World.Watched access = ann("secret");
    assertArrayEquals(LAYER.blob(), pull(access));
    assertEquals(Set.of(host), Set.copyOf(access.asked));
    for (Logged l : registry.requests(On.manifests())) assertFalse(l.request().header("Authorization").orElse("").startsWith("Basic"));
  }

  @Test
  void tokensOfOneUserServeNoOther() throws Exception {
    registry.require(BearerAuth.users(Map.of("ann", "secret")));
    pull(ann("secret"));
    assertThrows(DeniedException.class, () -> pull(Access.anonymous()));
    assertThrows(DeniedException.class, () -> pull(ann("wrong")));
  }

  @Test
  void oneTokenForManyAtOnce() throws Exception {
    BearerAuth auth = BearerAuth.anonymous();
    registry.require(auth).fault(On.tokens(), Fault.delay(Duration.ofMillis(300)));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) all.add(threads.submit(() -> pull(Access.anonymous())));
      for (Future<byte[]> f : all) assertArrayEquals(LAYER.blob(), f.get());
    }
    assertEquals(1, auth.given());
  }

  @Test
  void aTokenThatBecameWorthlessIsFetchedAgain() throws Exception {
    BearerAuth auth = BearerAuth.anonymous();
    registry.require(auth);
    pull(Access.anonymous());
    auth.revoke();
    assertArrayEquals(LAYER.blob(), pull(Access.anonymous()));
    assertEquals(2, auth.given());
  }

  @Test
  void aTokenIsNotUsedBeyondItsTime() throws Exception {
    BearerAuth auth = BearerAuth.anonymous().lasting(Duration.ofSeconds(1), Clock.systemUTC());
    registry.require(auth);
    pull(Access.anonymous());
    assertEquals(1, auth.given(), "shorter than a minute counts as a minute, as the protocol says");
  }

  @Test
  void anIdentityTokenIsPosted() throws Exception {
    registry.require(BearerAuth.users(Map.of("ann", "secret")));
    Access access = new World.Watched(Map.of(host, new Credential("", "identity")));
    DeniedException e = assertThrows(DeniedException.class, () -> pull(access));
    assertEquals(
        List.of("POST", "GET"), registry.requests(On.tokens()).stream().map(l -> l.request().method()).toList(),
        "the way without OAuth is tried too");
    assertTrue(e.getMessage().contains(" refuses 'identity token' (its token server " + host
        + ": 401 UNAUTHORIZED: incorrect username or password)"),
        e.getMessage());
  }

  @Test
  void wrongPassword() {
    registry.require(new BasicAuth(Map.of("ann", "secret")));
    assertEquals(
        "resolving " + host + "/a/b:latest: " + host
        + " refuses 'ann' (401); wrong password, or no right to tag 'latest' in 'a/b': dist:login " + host,
        assertThrows(DeniedException.class, () -> pull(ann("wrong"))).getMessage());
    registry.require(BearerAuth.users(Map.of("ann", "secret")));
    try (DockerResolver fresh = World.resolver()) {
      String message = assertThrows(DeniedException.class, () -> fresh.resolve(reference(host + "/a/b"), ann("wrong"))).getMessage();
      assertEquals(
          "resolving " + host + "/a/b:latest: " + host + " refuses 'ann' (its token server " + host
              + ": 401 UNAUTHORIZED: incorrect username or password); wrong password, or no right to repository:a/b:pull: dist:login "
              + host,
          message);
      assertFalse(message.contains("wrong:") || message.contains("c2VjcmV0"));
    }
  }

  /** A refused image looks as a refused password does; the cause tells them apart, so that a login can be tried. */
  @Test
  void theCauseTellsAPasswordThatIsWrongFromARightThatIsMissing() throws Exception {
    registry.fault(On.manifests().and(q -> q.header("Authorization").isPresent()), Fault.status(403));
    registry.require(new BasicAuth(Map.of("ann", "secret")));
    assertNull(assertThrows(DeniedException.class, () -> pull(ann("secret"))).getCause(), "no right");
    assertInstanceOf(FailedLoginException.class, assertThrows(DeniedException.class, () -> pull(ann("wrong"))).getCause());
    World.Watched token = new World.Watched(Map.of(host, new Credential("", "identity")));
    assertInstanceOf(FailedLoginException.class, assertThrows(DeniedException.class, () -> pull(token)).getCause(), "basic takes none");
    registry.forget();
    assertNull(assertThrows(DeniedException.class, () -> pull(Access.anonymous())).getCause(), "nobody logged in");
    assertEquals(0, registry.requests(On.every().and(q -> q.path().equals("/v2/"))).size());
    registry.require(BearerAuth.users(Map.of("ann", "secret")));
    try (DockerResolver fresh = World.resolver()) {
      Reference image = reference(host + "/a/b");
      assertNull(assertThrows(DeniedException.class, () -> fresh.resolve(image, ann("secret"))).getCause(), "no right");
      assertEquals("GET /token?service=kit&account=ann", registry.requests(On.tokens()).getLast().request().toString(), "as a login asks");
      assertInstanceOf(FailedLoginException.class, assertThrows(DeniedException.class, () -> fresh.resolve(image, ann("wrong")))
          .getCause());
    }
  }

  @Test
  void noPassword() {
    registry.require(new BasicAuth(Map.of("ann", "secret")));
    assertEquals(
        "resolving " + host + "/a/b:latest: " + host + " refuses tag 'latest' in 'a/b' (401); it may need a login (dist:login " + host
            + "), or the name is wrong",
        assertThrows(DeniedException.class, () -> pull(Access.anonymous())).getMessage());
  }

  @Test
  void forbidden() {
    registry.fault(On.every(),
        Fault.answer(403, "application/json", "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"requested access is denied\"}]}"));
    assertEquals(
        "resolving " + host + "/a/b:latest: " + host
        + " refuses tag 'latest' in 'a/b' (403 DENIED: requested access is denied); it may need a login"
            + " (dist:login " + host + "), or the name is wrong",
        assertThrows(DeniedException.class, () -> pull(Access.anonymous())).getMessage());
  }

  @Test
  void theTokenServerMayNotLieFurtherInside() {
    for (String realm : List.of("http://169.254.169.254/token", "http://10.0.0.1/token", "https://169.254.169.254/token")) {
      registry.heal()
          .fault(On.every(), Fault.status(401)
          .and(Fault.header("WWW-Authenticate", "Bearer realm=\"" + realm + "?x=secret\",service=\"s\"")));
      resolver.close();
      resolver = World.resolver();
      String message = assertThrows(DeniedException.class, () -> pull(ann("secret"))).getMessage();
      assertTrue(message.contains(" sends us for a token to " + realm + "?…, which is "), message);
      assertTrue(message.endsWith("; refused"), message);
    }
  }

  @Test
  void aTokenServerThatMovedIsFound() throws Exception {
    registry.fault(On.every(), Fault.status(401)
        .and(Fault.header("WWW-Authenticate", "Bearer realm=\"http://" + host + "/old\",service=\"s\"")));
    assertThrows(IOException.class, () -> pull(Access.anonymous()));
    registry.heal().require(BearerAuth.anonymous());
    assertThrows(IOException.class, () -> pull(Access.anonymous()), "the old place is tried once more");
    assertArrayEquals(LAYER.blob(), pull(Access.anonymous()));
  }

  @Test
  void theTokenServerMayNotRedirect() throws Exception {
    try (FaultyRegistry other = FaultyRegistry.start()) {
      registry.require(BearerAuth.users(Map.of("ann", "secret"))).fault(On.tokens(), Fault.redirect(other.uri()));
      assertThrows(InvalidException.class, () -> pull(ann("secret")));
      assertEquals(List.of(), other.requests());
    }
  }

  @Test
  void aTokenServerWithTroubleIsTroubleOfTheRegistry() {
    registry.require(BearerAuth.anonymous()).fault(On.tokens(), Fault.tooManyRequests("3"));
    UnavailableException e = assertThrows(UnavailableException.class, () -> pull(Access.anonymous()));
    assertEquals(Duration.ofSeconds(3), e.retryAfter());
    registry.heal().fault(On.tokens(), Fault.answer(200, "application/json", "{}"));
    assertTrue(assertThrows(InvalidException.class, () -> pull(Access.anonymous())).getMessage()
        .endsWith("gave an answer without a token"));
  }

  @Test
  void authorizationDoesNotCrossHosts() throws Exception {
    try (FaultyRegistry cdn = FaultyRegistry.start().add("a/b", "latest", IMAGE)) {
      registry.require(new BasicAuth(Map.of("ann", "secret"))).fault(On.blobs(), Fault.redirect(cdn.uri()));
      assertArrayEquals(LAYER.blob(), pull(ann("secret")));
      assertTrue(cdn.requests().stream().allMatch(l -> l.request().header("Authorization").isEmpty()));
      cdn.require(new BasicAuth(Map.of("ann", "secret")));
      World.Watched access = ann("secret");
      assertThrows(DeniedException.class, () -> pull(access), "a challenge of somebody we were sent to is not answered");
      assertFalse(access.asked.contains(cdn.host()));
      assertTrue(cdn.requests().stream().allMatch(l -> l.request().header("Authorization").isEmpty()));
    }
  }

  @Test
  void aMirrorSeesItsOwnCredentialAlone() throws Exception {
    try (FaultyRegistry mirror = FaultyRegistry.start().require(new BasicAuth(Map.of("bob", "other")))) {
      mirror.add("a/b", "latest", IMAGE);
      registry.require(new BasicAuth(Map.of("ann", "secret")));
      HostsConfig hosts = World.hosts(folder, host, "server = \"" + registry.uri() + "\"\n[host.\"" + mirror.uri() + "\"]");
      World.Watched access = ann("secret");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        assertEquals(IMAGE.descriptor(), r.resolve(reference(host + "/a/b"), access).target());
      }
      assertEquals(Set.of(host, mirror.host()), Set.copyOf(access.asked));
      assertTrue(mirror.requests().stream().allMatch(l -> l.request().header("Authorization").isEmpty()));
    }
  }
}
