package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Blob;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Resolved;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes beyond the rules: a real registry, large blobs, a registry that stops reading, hosts.toml. */
class PushTest {
  private static Resolved target(String reference) {
    return new Resolved(World.reference(reference), World.IMAGE.descriptor());
  }

  private static void put(DockerResolver resolver, Resolved target, Blob b) throws IOException {
    resolver.put(target, b.descriptor(), new ByteArrayInputStream(b.bytes()), Access.anonymous());
  }

  @Test
  void aRealRegistryTakesAndMountsAnImage() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().orElseThrow());
    try (RealRegistry registry = RealRegistry.start(); DockerResolver resolver = World.resolver()) {
      Resolved first = target(registry.host() + "/a/b:1");
      for (Blob b : World.IMAGE.blobs()) {
        assertFalse(resolver.exists(first, b.descriptor(), Access.anonymous()));
        put(resolver, first, b);
        assertTrue(resolver.exists(first, b.descriptor(), Access.anonymous()));
      }
      assertEquals(World.IMAGE.descriptor(), resolver.resolve(first.reference(), Access.anonymous()).target());
      assertArrayEquals(World.LAYER.blob(), World.read(resolver, registry.host() + "/a/b:1", World.BLOB, 0));
      Resolved second = target(registry.host() + "/c:1");
      NotFoundException e = assertThrows(NotFoundException.class, () -> put(resolver, second, World.IMAGE.manifest()));
      assertTrue(e.getMessage().contains("lacks something that manifest " + World.IMAGE.descriptor().digest()), e.getMessage());
      for (Blob b : World.IMAGE.blobs()) {
        if (!b.isManifest()) assertTrue(resolver.mount(second, b.descriptor(), "a/b", Access.anonymous()), b.toString());
      }
      put(resolver, second, World.IMAGE.manifest());
      assertFalse(resolver.mount(target(registry.host() + "/d:1"), World.BLOB, "not/there", Access.anonymous()));
    }
  }

  @Test
  void aLargeBlobArrivesWhole() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().orElseThrow());
    long size = (64 << 20) + 12_345;
    try (RealRegistry registry = RealRegistry.start(); DockerResolver resolver = World.resolver()) {
      Descriptor d = Descriptor.of("application/octet-stream", digest(size), size);
      try (InputStream body = new Pattern(size)) {
        resolver.put(target(registry.host() + "/a:1"), d, body, Access.anonymous());
      }
      assertTrue(resolver.exists(target(registry.host() + "/a:1"), d, Access.anonymous()));
    }
  }

  private static io.gantry.api.Digest digest(long size) throws Exception {
    var hash = java.security.MessageDigest.getInstance("SHA-256");
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = new Pattern(size)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) hash.update(buffer, 0, n);
    }
    return io.gantry.api.Digest.sha256(hash.digest());
  }

  /** So many bytes out of nothing. */
  private static final class Pattern extends InputStream {
    private final byte[] block = new byte[1 << 16];
    private final long size;
    private long at;

    Pattern(long size) {
      this.size = size;
      new Random(3).nextBytes(block);
    }

    @Override
    public int read() {
      return at < size ? block[(int) (at++ % block.length)] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (at >= size) return -1;
      int start = (int) (at % block.length);
      int n = (int) Math.min(Math.min(length, block.length - start), size - at);
      System.arraycopy(block, start, into, offset, n);
      at += n;
      return n;
    }
  }

  @Test
  void aRegistryThatStopsReadingIsGivenUp() throws Exception {
    Descriptor d = Descriptor.of("application/octet-stream", World.LAYER.digest(), 1L << 30);
    try (java.net.ServerSocket deaf = new java.net.ServerSocket(0, 10, java.net.InetAddress.getLoopbackAddress());
        FaultyRegistry registry = FaultyRegistry.start();
        DockerResolver resolver = new DockerResolver(HostsConfig.none(), World.IMPATIENT)) {
      String there = "http://127.0.0.1:" + deaf.getLocalPort() + "/upload";
      registry.fault(On.blobs().method("POST"), Fault.header("Location", there));
      try (Pattern body = new Pattern(1L << 30)) {
        UnavailableException e = assertThrows(UnavailableException.class,
            () -> resolver.put(target(registry.host() + "/a:1"), d, body, Access.anonymous()));
        assertTrue(e.getMessage().contains("127.0.0.1:" + deaf.getLocalPort() + " took no byte for 1 s"), e.getMessage());
        assertTrue(body.at < 32 << 20, body.at + " bytes were read for somebody who takes none");
      }
    }
  }

  @Test
  void whatTakesNoPushesSaysSo() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start()) {
      registry.fault(On.every().method("POST"), Fault.status(405));
      try (DockerResolver resolver = World.resolver()) {
        UnsupportedException e = assertThrows(UnsupportedException.class,
            () -> put(resolver, target(registry.host() + "/a:1"), World.IMAGE.blobs().getFirst()));
        assertTrue(e.getMessage().contains(registry.host() + " takes no pushes"), e.getMessage());
      }
    }
  }

  @Test
  void aMirrorIsNotPushedToUnlessItMayBe(@TempDir Path folder) throws Exception {
    try (FaultyRegistry mirror = FaultyRegistry.start(); FaultyRegistry origin = FaultyRegistry.start()) {
      String toml = "server = \"http://" + origin.host() + "\"\n[host.\"http://" + mirror.host()
          + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n";
      try (DockerResolver resolver = new DockerResolver(World.hosts(folder, origin.host(), toml))) {
        Blob b = World.IMAGE.blobs().getFirst();
        put(resolver, target(origin.host() + "/a:1"), b);
        assertEquals(0, mirror.requests().size());
        assertTrue(origin.bytes("a", b.digest().toString()).isPresent());
      }
    }
  }
}
