package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.TestCertificate;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Table.Change;
import io.gantry.service.transfer.PullRequest;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One clear message, and everything as it was. */
class BadInputTest {
  private static final Image IMAGE = PullTest.IMAGE;
  private static final Layer LAYER = IMAGE.layers().get(1);
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;
  private String host;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    world = new World(root);
    host = registry.host();
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  /** The message of a pull that fails as it should, and leaves nothing. */
  private String refused(Class<? extends IOException> type, String reference) throws IOException {
    String message = assertThrows(type, () -> world.pull(reference)).getMessage();
    assertTrue(world.isAsBefore());
    return message;
  }

  @Test
  void unknownImageAndTag() throws Exception {
    assertEquals(
        "resolving " + host + "/no/such:latest: " + host
        + " has no tag 'latest' in 'no/such' (404 MANIFEST_UNKNOWN: unknown: latest); check the name",
        refused(NotFoundException.class, host + "/no/such"));
    assertEquals(
        "resolving " + host + "/a/b:9: " + host + " has no tag '9' in 'a/b' (404 MANIFEST_UNKNOWN: unknown: 9); check the name",
        refused(NotFoundException.class, host + "/a/b:9"));
  }

  @Test
  void unknownHostAndPort() throws Exception {
    assertEquals(
        "resolving nowhere.invalid/a:latest: there is no host 'nowhere.invalid' (name not known); check the name",
        refused(UnavailableException.class, "nowhere.invalid/a"));
    registry.close();
    String message = refused(UnavailableException.class, host + "/a/b");
    assertEquals("resolving " + host + "/a/b:latest: nobody listens at " + host + " (connection refused); check host and port", message);
  }

  @Test
  void notARegistry() throws Exception {
    registry.fault(On.every(), Fault.html());
    String message = refused(InvalidException.class, host + "/a/b");
    assertTrue(message.startsWith("resolving " + host + "/a/b:latest: " + host + " is not a registry: "), message);
  }

  @Test
  void wrongCertificate() throws Exception {
    try (FaultyRegistry tls = FaultyRegistry.startTls(TestCertificate.create(root))) {
      String message = refused(InvalidException.class, tls.host() + "/a/b");
      assertTrue(message.startsWith("resolving " + tls.host() + "/a/b:latest: the certificate of " + tls.host() + " is not trusted ("),
          message);
    }
  }

  @Test
  void wrongPassword() throws Exception {
    registry.require(new BasicAuth(Map.of("ann", "secret")));
    String missing = refused(DeniedException.class, host + "/a/b");
    assertTrue(missing.endsWith("it may need a login (dist:login " + host + "), or the name is wrong"), missing);
    world.credentials.put(Scope.root(), host, new Credential("ann", "wrong"));
    String wrong = refused(DeniedException.class, host + "/a/b");
    assertEquals(
        "resolving " + host + "/a/b:latest: " + host
        + " refuses 'ann' (401); wrong password, or no right to tag 'latest' in 'a/b': dist:login " + host,
        wrong);
    world.credentials.put(Scope.root(), host, new Credential("ann", "secret"));
    world.pull(host + "/a/b");
  }

  @Test
  void wrongDigestOfALayer() throws Exception {
    registry.fault(On.blob(LAYER.digest()), Fault.wrongBytes());
    String message = refused(CorruptException.class, host + "/a/b");
    assertTrue(
        message.startsWith("pulling " + host + "/a/b:latest: layer-" + LAYER.digest() + " from " + host
            + " is not what was promised, and was thrown away: expected " + LAYER.digest() + ", found sha256:"),
        message);
    assertTrue(world.contents.status(SCOPE, "layer-" + LAYER.digest()).isEmpty(), "the bad bytes are kept");
    registry.heal();
    world.pull(host + "/a/b");
  }

  /** The bytes are right; of the record, which was whole when it was looked for, that is said which mends it. */
  @Test
  void aRecordThatIsDamagedIsNoMistakeOfTheRegistry() {
    String ref = "layer-" + LAYER.digest();
    var pull = new PullRequest(Reference.parse(host + "/a/b"), World.AMD64, "");
    CorruptException e = assertThrows(CorruptException.class, () -> world.mover.pull(SCOPE, pull, p -> {
      if (!p.name().equals(ref) || !p.status().equals("committing")) return;
      var damaged = new Change("content", LAYER.digest().toString(), -1, Optional.of(new byte[0]));
      try {
        world.table.change(SCOPE, List.of(damaged));
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }));
    assertTrue(e.getMessage().startsWith("the record of blob " + LAYER.digest()
        + " in namespace default is damaged; remove it by dist:delete"), e.getMessage());
  }

  @Test
  void wrongDigestOfAManifest() throws Exception {
    registry.fault(On.manifests().method("GET"), Fault.wrongBytes());
    String message = refused(CorruptException.class, host + "/a/b");
    assertTrue(message.startsWith("pulling " + host + "/a/b:latest: manifest-" + IMAGE.descriptor().digest() + " from " + host
        + " is not what was"), message);
  }

  @Test
  void bytesOfAnotherRange() throws Exception {
    Descriptor d = Descriptor.of(ImageFormat.OCI.layerType(LAYER.suffix()), LAYER.digest(), LAYER.blob().length);
    try (Writer w = world.contents.writer(SCOPE, WriterSpec.of("layer-" + LAYER.digest(), d))) {
      w.write(ByteBuffer.wrap(LAYER.blob(), 0, 1000)); // as an earlier try left it, so that a range is asked for
    }
    registry.fault(On.blob(LAYER.digest()), Fault.wrongRangeBytes());
    String message = refused(CorruptException.class, host + "/a/b");
    assertEquals("bytes=1000-", registry.requests(On.blob(LAYER.digest())).getFirst().request().header("Range").orElseThrow());
    assertTrue(message.contains("layer-" + LAYER.digest() + " from " + host + " is not what was promised"), message);
  }

  @Test
  void shortAndLongBodies() throws Exception {
    registry.fault(On.blob(LAYER.digest()), Fault.shortBody(100));
    assertEquals(
        "fetching " + LAYER.digest() + " of " + host + "/a/b:latest: " + host + " has another size for " + LAYER.digest() + ": expected "
            + LAYER.blob().length + " bytes, found 100 bytes",
        refused(CorruptException.class, host + "/a/b"));
    registry.heal().fault(On.blob(LAYER.digest()), Fault.longBody(10));
    assertTrue(refused(CorruptException.class, host + "/a/b").endsWith("found " + (LAYER.blob().length + 10) + " bytes"));
  }

  @Test
  void htmlInsteadOfAManifestOrALayer() throws Exception {
    registry.fault(On.manifests().method("GET"), Fault.html());
    String manifest = refused(InvalidException.class, host + "/a/b");
    assertTrue(manifest.contains("answered 200 with text/html (a web page; perhaps a login or proxy stands between)"), manifest);
    registry.heal().fault(On.blob(LAYER.digest()), Fault.html());
    String layer = refused(InvalidException.class, host + "/a/b");
    assertTrue(layer.startsWith("fetching " + LAYER.digest() + " of " + host + "/a/b:latest: " + host + " is not a registry: "), layer);
  }

  @Test
  void aDocumentThatIsTooLarge() throws Exception {
    registry.fault(On.manifests().method("HEAD"), Fault.padded(5 << 20));
    String message = refused(ExhaustedException.class, host + "/a/b");
    assertTrue(message.startsWith("image " + host + "/a/b:latest: document " + IMAGE.descriptor().digest() + " takes "), message);
  }

  @Test
  void aManifestOfAnotherTypeThanDeclared() throws Exception {
    registry.fault(On.manifests(), Fault.header("Content-Type", ImageFormat.OCI.indexType()));
    String message = refused(InvalidException.class, host + "/a/b");
    assertTrue(message.contains(" but was declared as " + ImageFormat.OCI.indexType()), message);
  }

  @Test
  void schema1() throws Exception {
    registry.fault(On.manifests(), Fault.header("Content-Type", "application/vnd.docker.distribution.manifest.v1+json"));
    assertTrue(refused(UnsupportedException.class, host + "/a/b").endsWith("push the image again with a current tool"));
  }
}
