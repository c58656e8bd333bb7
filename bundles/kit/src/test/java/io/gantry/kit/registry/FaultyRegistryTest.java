package io.gantry.kit.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyRegistryTest {
  private static final Image IMAGE = ManyFiles.of(2, 10, 3).image(ImageFormat.OCI);
  private static final byte[] LAYER = IMAGE.layers().getFirst().blob();
  private static final String LAYER_PATH = "/v2/a/b/blobs/" + IMAGE.layers().getFirst().digest();
  private static final String MANIFEST_PATH = "/v2/a/b/manifests/latest";
  @TempDir Path temp;
  private FaultyRegistry registry;
  private HttpClient http;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    http = HttpClient.newHttpClient();
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    registry.close();
  }

  @Test
  void answersRightlyUntilToldOtherwise() throws Exception {
    HttpResponse<byte[]> m = get(MANIFEST_PATH);
    assertArrayEquals(IMAGE.manifest().bytes(), m.body());
    assertEquals(ImageFormat.OCI.manifestType(), m.headers().firstValue("Content-Type").orElseThrow());
    assertEquals(IMAGE.descriptor().digest().toString(), m.headers().firstValue("Docker-Content-Digest").orElseThrow());
    HttpResponse<byte[]> head = send(request(MANIFEST_PATH).HEAD());
    assertEquals(IMAGE.manifest().bytes().length, head.headers().firstValueAsLong("Content-Length").orElseThrow());
    assertArrayEquals(LAYER, get(LAYER_PATH).body());
    assertEquals(404, get("/v2/a/b/manifests/other").statusCode());
    assertEquals(404, get("/v2/a/other/manifests/latest").statusCode());
    assertEquals(LAYER.length, registry.bytesSent(On.blobs()));
    assertEquals("GET " + MANIFEST_PATH + " -> 200 (" + IMAGE.manifest().bytes().length + " bytes)", registry.requests().getFirst()
        .toString());
  }

  @Test
  void servesRangesAndRefusesThoseBeyondTheEnd() throws Exception {
    HttpResponse<byte[]> r = send(request(LAYER_PATH).header("Range", "bytes=100-"));
    assertEquals(206, r.statusCode());
    assertArrayEquals(Arrays.copyOfRange(LAYER, 100, LAYER.length), r.body());
    assertEquals("bytes 100-" + (LAYER.length - 1) + "/" + LAYER.length, r.headers().firstValue("Content-Range").orElseThrow());
    assertEquals(5, send(request(LAYER_PATH).header("Range", "bytes=0-4")).body().length);
    assertEquals(416, send(request(LAYER_PATH).header("Range", "bytes=" + LAYER.length + "-")).statusCode());
  }

  @Test
  void cutsABodyOnceThenNoMore() throws Exception {
    registry.fault(On.blobs().once(), Fault.cutAfter(100));
    assertThrows(IOException.class, () -> get(LAYER_PATH));
    assertArrayEquals(LAYER, get(LAYER_PATH).body());
    assertEquals(100, registry.requests().getFirst().bytesSent());
  }

  @Test
  void spoilsBodiesAndHeaders() throws Exception {
    registry.fault(On.blobs().times(3), Fault.wrongBytes());
    assertEquals(LAYER.length, get(LAYER_PATH).body().length);
    assertTrue(!Arrays.equals(LAYER, get(LAYER_PATH).body()));
    registry.heal().fault(On.blobs(), Fault.shortBody(7));
    assertEquals(7, get(LAYER_PATH).body().length);
    registry.heal().fault(On.blobs(), Fault.declaredLength(9));
    assertArrayEquals(Arrays.copyOf(LAYER, 9), get(LAYER_PATH).body());
    registry.heal().fault(On.manifests(), Fault.wrongDigestHeader()).fault(On.manifests().after(1), Fault.noDigestHeader());
    assertTrue(get(MANIFEST_PATH).headers().firstValue("Docker-Content-Digest").orElseThrow().endsWith("000"));
    assertTrue(get(MANIFEST_PATH).headers().firstValue("Docker-Content-Digest").isEmpty());
    registry.heal().fault(On.manifests(), Fault.html());
    assertTrue(get(MANIFEST_PATH).headers().firstValue("Content-Type").orElseThrow().startsWith("text/html"));
    registry.heal().fault(On.manifests(), Fault.padded(5 << 20));
    assertEquals((5 << 20) + IMAGE.manifest().bytes().length, get(MANIFEST_PATH).body().length);
  }

  @Test
  void misbehavesWithRanges() throws Exception {
    registry.fault(On.blobs(), Fault.noRange());
    HttpResponse<byte[]> whole = send(request(LAYER_PATH).header("Range", "bytes=100-"));
    assertEquals(200, whole.statusCode());
    assertArrayEquals(LAYER, whole.body());
    registry.heal().fault(On.blobs(), Fault.wrongContentRange());
    assertTrue(send(request(LAYER_PATH).header("Range", "bytes=100-")).headers().firstValue("Content-Range").orElseThrow()
        .startsWith("bytes 0-"));
    registry.heal().fault(On.blobs(), Fault.wrongRangeBytes());
    assertArrayEquals(Arrays.copyOf(LAYER, LAYER.length - 100), send(request(LAYER_PATH).header("Range", "bytes=100-")).body());
  }

  @Test
  void answersErrorsSoManyTimes() throws Exception {
    registry.fault(On.manifests().times(2), Fault.status(500)).fault(On.manifests().method("HEAD"), Fault.headNotAllowed());
    assertEquals(List.of(500, 500, 200), List.of(get(MANIFEST_PATH).statusCode(), get(MANIFEST_PATH).statusCode(), get(MANIFEST_PATH)
        .statusCode()));
    assertEquals(405, send(request(MANIFEST_PATH).HEAD()).statusCode());
    registry.heal().fault(On.blobs(), Fault.tooManyRequests("3"));
    HttpResponse<byte[]> r = get(LAYER_PATH);
    assertEquals(429, r.statusCode());
    assertEquals("3", r.headers().firstValue("Retry-After").orElseThrow());
    registry.heal().fault(On.every(), Fault.noAnswer());
    assertThrows(IOException.class, () -> get(MANIFEST_PATH));
  }

  @Test
  void throttlesAndCanBeClosedMeanwhile() throws Exception {
    registry.fault(On.blobs().once(), Fault.throttle(LAYER.length * 5L));
    long start = System.nanoTime();
    assertArrayEquals(LAYER, get(LAYER_PATH).body());
    assertTrue(System.nanoTime() - start > 100_000_000L);
    registry.fault(On.blobs(), Fault.slowLoris());
    var slow = http.sendAsync(request(LAYER_PATH).GET().build(), BodyHandlers.ofByteArray());
    registry.close();
    assertThrows(Exception.class, slow::get);
  }

  @Test
  void redirectsAndRemembersWhetherACredentialLeaked() throws Exception {
    try (FaultyRegistry store = FaultyRegistry.start().add("a/b", "latest", IMAGE)) {
      registry.fault(On.blobs(), Fault.redirect(store.uri()));
      HttpResponse<byte[]> r = get(LAYER_PATH);
      assertEquals(307, r.statusCode());
      send(HttpRequest.newBuilder(URI.create(r.headers().firstValue("Location").orElseThrow())).header("Authorization", "Basic leak"));
      assertEquals("Basic leak", store.requests().getFirst().request().header("authorization").orElseThrow());
      assertEquals("signature=secret", store.requests().getFirst().request().query());
    }
  }

  @Test
  void givesTokensForScopesThatEnd() throws Exception {
    BearerAuth auth = BearerAuth.users(Map.of("me", "secret"));
    registry.require(auth);
    HttpResponse<byte[]> refused = get(MANIFEST_PATH);
    assertEquals("Bearer realm=\"" + registry.uri() + "/token\",service=\"kit\",scope=\"repository:a/b:pull\"",
        refused.headers().firstValue("WWW-Authenticate").orElseThrow());
    assertEquals(401, get("/token?scope=repository:a/b:pull").statusCode());
    String basic = "Basic " + java.util.Base64.getEncoder().encodeToString("me:secret".getBytes());
    String token = new String(send(request("/token?scope=repository:a/b:pull,push").header("Authorization", basic)).body()).split("\"")[3];
    assertEquals(200, send(request(MANIFEST_PATH).header("Authorization", "Bearer " + token)).statusCode());
    HttpResponse<byte[]> other = send(request("/v2/a/c/manifests/x").header("Authorization", "Bearer " + token));
    assertTrue(other.headers().firstValue("WWW-Authenticate").orElseThrow().endsWith("error=\"insufficient_scope\""));
    auth.revoke();
    assertEquals(401, send(request(MANIFEST_PATH).header("Authorization", "Bearer " + token)).statusCode());
  }

  @Test
  void skopeoPullsWithBasicBearerAndTls() throws Exception {
    assumeTrue(Programs.find("skopeo").isPresent(), "no skopeo in the PATH");
    registry.require(new BasicAuth(Map.of("me", "secret")));
    skopeo(registry, "basic", "--src-creds", "me:secret", "--src-tls-verify=false");
    registry.require(BearerAuth.users(Map.of("me", "secret")).lasting(Duration.ofMinutes(1), Clock.systemUTC()));
    skopeo(registry, "bearer", "--src-creds", "me:secret", "--src-tls-verify=false");
    TestCertificate good = TestCertificate.create(temp);
    Path trusted = Files.createDirectory(temp.resolve("certs"));
    Files.copy(good.pem(), trusted.resolve("ca.crt"));
    try (FaultyRegistry tls = FaultyRegistry.startTls(good).add("a/b", new OciLayout(temp.resolve("l")).write(Map.of("latest", IMAGE)))) {
      skopeo(tls, "tls", "--src-cert-dir", trusted.toString());
      assertThrows(IOException.class, () -> skopeo(tls, "untrusted"));
    }
    for (TestCertificate bad : List.of(TestCertificate.expired(temp), TestCertificate.otherHost(temp))) {
      Files.copy(bad.pem(), trusted.resolve("ca.crt"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      try (FaultyRegistry tls = FaultyRegistry.startTls(bad).add("a/b", "latest", IMAGE)) {
        assertThrows(IOException.class, () -> skopeo(tls, "bad", "--src-cert-dir", trusted.toString()));
      }
    }
  }

  private void skopeo(FaultyRegistry from, String name, String... options) throws IOException {
    List<String> command = new java.util.ArrayList<>(List.of("skopeo", "copy", "-q"));
    command.addAll(List.of(options));
    command.addAll(List.of("docker://" + from.host() + "/a/b:latest", "dir:" + temp.resolve(name)));
    Programs.output(command.toArray(String[]::new));
    assertEquals(IMAGE.descriptor().digest(), Blob.digest(Files.readAllBytes(temp.resolve(name).resolve("manifest.json"))));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(registry.uri().resolve(path));
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    return send(request(path));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }
}
