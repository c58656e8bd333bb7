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
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Descriptor;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.Logged;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
  @TempDir Path folder;
  private FaultyRegistry registry;
  private DockerResolver resolver;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    resolver = World.resolver();
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    registry.close();
  }

  private Descriptor resolve(String tail) throws IOException {
    return resolver.resolve(reference(registry.host() + tail), Access.anonymous()).target();
  }

  private List<String> asked() {
    return registry.requests().stream().map(Logged::toString).toList();
  }

  @Test
  void resolvesByHeadAlone() throws Exception {
    assertEquals(IMAGE.descriptor(), resolve("/a/b:latest"));
    assertEquals(IMAGE.descriptor(), resolve("/a/b@" + IMAGE.descriptor().digest()));
    assertEquals(
        List.of("HEAD /v2/a/b/manifests/latest -> 200 (0 bytes)", "HEAD /v2/a/b/manifests/" + IMAGE.descriptor().digest()
        + " -> 200 (0 bytes)"), asked());
    String accept = registry.requests().getFirst().request().header("Accept").orElseThrow();
    assertTrue(accept.startsWith("application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "), accept);
  }

  @Test
  void getsAndHashesWhereHeadIsNotAllowedOrTellsTooLittle() throws Exception {
    for (Fault f : List.of(
        Fault.headNotAllowed(), Fault.noDigestHeader(), Fault.header("Content-Type", "application/json"),
        Fault.header("Content-Type", "text/plain; charset=utf-8"))) {
      registry.heal().fault(On.manifests(), f);
      assertEquals(IMAGE.descriptor(), resolve("/a/b:latest"));
    }
    assertEquals(4, registry.requests(On.manifests().method("GET")).size());
  }

  @Test
  void opensWholeAndFromAnOffset() throws Exception {
    String name = registry.host() + "/a/b:latest";
    assertArrayEquals(LAYER.blob(), read(resolver, name, BLOB, 0));
    assertArrayEquals(Arrays.copyOfRange(LAYER.blob(), 100, LAYER.blob().length), read(resolver, name, BLOB, 100));
    assertArrayEquals(IMAGE.manifest().bytes(), read(resolver, name, IMAGE.descriptor(), 0));
    try (Body body = resolver.open(new Resolved(reference(name), IMAGE.descriptor()), BLOB, 7, Access.anonymous())) {
      assertEquals(7, body.offset());
      assertEquals(registry.host(), body.source());
    }
  }

  @Test
  void startsOverWhereARangeIsIgnoredOrWrong() throws Exception {
    String name = registry.host() + "/a/b:latest";
    for (Fault f : List.of(Fault.noRange(), Fault.wrongContentRange(), Fault.header("Content-Range", "nonsense"))) {
      registry.heal().fault(On.blobs(), (q, r) -> {
        if (q.header("Range").isPresent()) f.spoil(q, r);
      });
      try (Body body = resolver.open(new Resolved(reference(name), IMAGE.descriptor()), BLOB, 100, Access.anonymous())) {
        assertEquals(0, body.offset());
        assertArrayEquals(LAYER.blob(), body.stream().readAllBytes());
      }
    }
  }

  @Test
  void usesAConnectionAgain() throws Exception {
    String name = registry.host() + "/a/b:latest";
    for (int i = 0; i < 5; i++) read(resolver, name, BLOB, 0);
    long plainTries = asked().stream().filter(s -> s.contains("-> 0")).count();
    assertEquals(0, plainTries, "https is tried at the first request only, and leaves no request behind");
  }

  @Test
  void asksMirrorsInOrderAndTellsThemTheNamespace() throws Exception {
    try (FaultyRegistry mirror = FaultyRegistry.start().add("library/x", "1", IMAGE)) {
      HostsConfig hosts = World.hosts(folder, "docker.io", "server = \"" + registry.uri() + "\"\n[host.\"" + mirror.uri()
          + "\"]\ncapabilities = [\"pull\", \"resolve\"]");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        Resolved found = r.resolve(reference("x:1"), Access.anonymous());
        assertEquals(IMAGE.descriptor(), found.target());
        try (Body body = r.open(found, BLOB, 0, Access.anonymous())) {
          assertEquals(mirror.host(), body.source());
          assertArrayEquals(LAYER.blob(), body.stream().readAllBytes());
        }
        assertEquals("HEAD /v2/library/x/manifests/1?ns=docker.io -> 200 (0 bytes)", mirror.requests().getFirst().toString());
        assertEquals(List.of(), registry.requests());
        mirror.fault(On.every(), Fault.status(503));
        registry.add("library/x", "1", IMAGE);
        try (Body body = r.open(found, BLOB, 10, Access.anonymous())) {
          assertEquals(registry.host(), body.source());
          assertEquals(10, body.offset());
        }
      }
    }
  }

  @Test
  void asksNoMirrorForWhatItMayNot() throws Exception {
    try (FaultyRegistry mirror = FaultyRegistry.start().add("library/x", "1", IMAGE)) {
      registry.add("library/x", "1", IMAGE);
      HostsConfig hosts = World.hosts(folder, "docker.io", "server = \"" + registry.uri() + "\"\n[host.\"" + mirror.uri()
          + "\"]\ncapabilities = [\"pull\"]");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        Resolved found = r.resolve(reference("x:1"), Access.anonymous());
        assertEquals(List.of(), mirror.requests());
        try (Body body = r.open(found, BLOB, 0, Access.anonymous())) {
          assertEquals(mirror.host(), body.source());
        }
      }
    }
  }

  @Test
  void followsRedirectsWithoutAuthorizationOrHeaders() throws Exception {
    try (FaultyRegistry cdn = FaultyRegistry.start().add("a/b", "latest", IMAGE)) {
      registry.fault(On.blobs(), Fault.redirect(cdn.uri()));
      HostsConfig hosts = World.hosts(folder, registry.host(), "server = \"" + registry.uri() + "\"\n[header]\nx-team = \"secret\"");
      try (DockerResolver r = new DockerResolver(hosts, World.OPTIONS)) {
        assertArrayEquals(Arrays.copyOfRange(LAYER.blob(), 5, LAYER.blob().length), read(r, registry.host() + "/a/b:latest", BLOB, 5));
      }
      assertEquals("secret", registry.requests().getFirst().request().header("x-team").orElseThrow());
      Logged onward = cdn.requests().getFirst();
      assertEquals("bytes=5-", onward.request().header("Range").orElseThrow());
      assertTrue(onward.request().header("x-team").isEmpty());
      assertTrue(onward.request().header("Authorization").isEmpty());
    }
  }

  @Test
  void worksWithARealRegistry() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().orElseThrow());
    try (RealRegistry real = RealRegistry.start().push("a/b", "1", IMAGE)) {
      Resolved found = resolver.resolve(reference(real.host() + "/a/b:1"), Access.anonymous());
      assertEquals(IMAGE.descriptor(), found.target());
      assertArrayEquals(IMAGE.manifest().bytes(), read(resolver, real.host() + "/a/b:1", found.target(), 0));
      assertArrayEquals(LAYER.blob(), read(resolver, real.host() + "/a/b:1", BLOB, 0));
      try (Body body = resolver.open(found, BLOB, 1000, Access.anonymous())) {
        assertEquals(1000, body.offset());
        assertArrayEquals(Arrays.copyOfRange(LAYER.blob(), 1000, LAYER.blob().length), body.stream().readAllBytes());
      }
      String message = assertThrows(IOException.class, () -> resolver.resolve(reference(real.host() + "/a/b:2"), Access.anonymous()))
          .getMessage();
      assertEquals(
          "resolving " + real.host() + "/a/b:2: " + real.host()
          + " has no tag '2' in 'a/b' (404 MANIFEST_UNKNOWN: manifest unknown); check the name", message);
    }
  }
}
