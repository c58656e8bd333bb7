package io.gantry.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.api.UnsupportedException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentTest {
  private static final String A = "sha256:" + "a".repeat(64);
  private static final String B = "sha256:" + "b".repeat(64);
  private static final String CONFIG =
      "\"config\":{\"mediaType\":\"" + MediaTypes.DOCKER_CONFIG + "\",\"size\":7,\"digest\":\"" + A + "\"}";
  private static final String LAYERS =
      "\"layers\":[{\"mediaType\":\"" + MediaTypes.DOCKER_LAYER_GZIP + "\",\"size\":32,\"digest\":\"" + B + "\"}]";
  private static final String MANIFEST = "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.DOCKER_MANIFEST + "\"," + CONFIG + ","
      + LAYERS + "}";

  private static Document parse(String text, String declared) throws Exception {
    return Document.parse(text.getBytes(StandardCharsets.UTF_8), declared, "manifest x");
  }

  private static String refused(String text, String declared) {
    return assertThrows(InvalidException.class, () -> parse(text, declared)).getMessage();
  }

  @Test
  void readsDockersManifest() throws Exception {
    Manifest expected =
        new Manifest(
            MediaTypes.DOCKER_MANIFEST, "", Descriptor.of(MediaTypes.DOCKER_CONFIG, Digest.parse(A), 7),
            List.of(Descriptor.of(MediaTypes.DOCKER_LAYER_GZIP, Digest.parse(B), 32)), Optional.empty(), Map.of());
    assertEquals(expected, parse(MANIFEST, MediaTypes.DOCKER_MANIFEST));
    assertEquals(expected, parse(MANIFEST, ""));
    assertTrue(expected.isImage());
    assertEquals(expected, Document.parse(expected.bytes(), "", "again"));
    assertEquals(List.of(expected.config(), expected.layers().getFirst()), expected.children());
  }

  @Test
  void takesTheDeclaredTypeWhereADocumentSaysNone() throws Exception {
    String noType = "{\"schemaVersion\":2," + CONFIG + "," + LAYERS + "}";
    assertEquals(MediaTypes.OCI_MANIFEST, parse(noType, MediaTypes.OCI_MANIFEST).mediaType());
    assertEquals(MediaTypes.OCI_MANIFEST, parse(noType, "").mediaType());
    assertEquals(MediaTypes.OCI_INDEX, parse("{\"schemaVersion\":2,\"manifests\":[]}", "").mediaType());
  }

  @Test
  void refusesAmbiguousDocuments() {
    String both = "{\"schemaVersion\":2,\"manifests\":[]," + CONFIG + "," + LAYERS + "}";
    assertTrue(refused(both, "").startsWith("manifest x has the fields of a manifest and of an index at once"));
    assertTrue(refused(both.replace("\"layers\"", "\"LAYERS\"").replace("\"config\"", "\"Config\""), "").contains("at once"));
    assertTrue(refused("{\"schemaVersion\":1,\"fsLayers\":[],\"manifests\":[]}", "").contains("at once"));
    assertTrue(refused("{\"schemaVersion\":2,\"fsLayers\":[]," + LAYERS + "}", "").contains("at once"));
    assertEquals(
        "manifest x says of itself that it is " + MediaTypes.DOCKER_MANIFEST + ", but was declared as " + MediaTypes.OCI_INDEX,
        refused(MANIFEST, MediaTypes.OCI_INDEX));
    assertEquals(
        "manifest x is declared as " + MediaTypes.OCI_INDEX + " and has the fields of a manifest",
        refused("{\"schemaVersion\":2," + CONFIG + "," + LAYERS + "}", MediaTypes.OCI_INDEX));
    assertEquals(
        "manifest x is declared as " + MediaTypes.OCI_MANIFEST + " and has the fields of an index",
        refused("{\"schemaVersion\":2,\"manifests\":[]}", MediaTypes.OCI_MANIFEST));
    assertEquals("manifest x is text/html, which is neither a manifest nor an index", refused("{}", "text/html"));
    assertTrue(refused(MANIFEST.replace("\"layers\"", "\"layers\":[],\"layers\""), "").contains("Duplicate field 'layers'"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:../../x", "sha256:ABC", "md5:0123", "nonsense", "sha256:" + "A", ""})
  void holdsDigestsToTheirGrammar(String digest) {
    String message = refused(MANIFEST.replace(B, digest), "");
    assertTrue(message.startsWith("manifest x: layers[0]: digest"), message);
  }

  @Test
  void refusesSchema1AndHugeDocuments() {
    assertThrows(UnsupportedException.class, () -> parse("{\"schemaVersion\":1,\"fsLayers\":[]}", ""));
    assertThrows(UnsupportedException.class,
        () -> parse("{\"schemaVersion\":1}", "application/vnd.docker.distribution.manifest.v1+prettyjws"));
    assertThrows(ExhaustedException.class, () -> Document.parse(new byte[(4 << 20) + 1], "", "x"));
    assertEquals("manifest x: config: size is -1, expected 0 or more", refused(MANIFEST.replace(":7,", ":-1,"), ""));
  }

  @Test
  void tellsImagesFromArtifacts() throws Exception {
    assertFalse(((Manifest) parse(MANIFEST.replace(MediaTypes.DOCKER_CONFIG, "application/vnd.cncf.helm.config.v1+json"), "")).isImage());
    assertTrue(((Manifest) parse(MANIFEST.replace(MediaTypes.DOCKER_CONFIG, "application/octet-stream"), "")).isImage());
    assertFalse(((Manifest) parse(MANIFEST.replace(MediaTypes.DOCKER_LAYER_GZIP, "application/x-tar"), "")).isImage());
  }

  private static Descriptor entry(char c, String platform) {
    Descriptor d = Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.parse("sha256:" + String.valueOf(c).repeat(64)), 10);
    if (platform.isEmpty()) return d;
    String[] p = platform.split("/");
    Platform parsed = new Platform(p[0], p[1], p.length > 2 ? p[2] : "");
    return new Descriptor(d.mediaType(), d.digest(), d.size(), Map.of(), Optional.of(parsed), List.of());
  }

  @Test
  void choosesTheBestPlatform() throws Exception {
    Descriptor amd = entry('1', "linux/amd64");
    Descriptor v6 = entry('2', "linux/arm/v6");
    Descriptor v7 = entry('3', "linux/arm/v7");
    Descriptor arm64 = entry('4', "linux/arm64/v8");
    Descriptor amd3 = entry('5', "linux/amd64/v3");
    Descriptor unknown = entry('6', "unknown/unknown");
    Descriptor unsaid = entry('7', "");
    Descriptor windows = entry('8', "windows/amd64");
    Index index = Index.of(List.of(unsaid, unknown, windows, amd3, v6, v7, arm64, amd));
    assertEquals(List.of(amd, unsaid), index.choose(Platform.parse("linux/amd64")));
    assertEquals(List.of(amd3, amd, unsaid), index.choose(Platform.parse("linux/amd64/v3")));
    assertEquals(List.of(amd, unsaid), index.choose(Platform.parse("linux/x86_64/v2")));
    assertEquals(List.of(arm64, unsaid), index.choose(Platform.parse("linux/aarch64")));
    assertEquals(List.of(v7, v6, unsaid), index.choose(Platform.parse("linux/arm")));
    assertEquals(List.of(v6, unsaid), index.choose(Platform.parse("linux/arm/v6")));
    assertEquals(List.of(unsaid), index.choose(Platform.parse("linux/s390x")));
    assertEquals(
        List.of("windows/amd64", "linux/amd64/v3", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64"), index.platforms());
    Index read = (Index) Document.parse(index.bytes(), "", "again");
    assertEquals(index.manifests().size(), read.manifests().size());
    assertEquals(index.choose(Platform.parse("linux/arm")), read.choose(Platform.parse("linux/arm")));
  }

  @Test
  void namesWritesAsContainerdDoes() {
    Digest d = Digest.parse(A);
    assertEquals("index-" + A, MediaTypes.ref(MediaTypes.DOCKER_LIST, d));
    assertEquals("manifest-" + A, MediaTypes.ref(MediaTypes.OCI_MANIFEST, d));
    assertEquals("config-" + A, MediaTypes.ref(MediaTypes.DOCKER_CONFIG, d));
    assertEquals("layer-" + A, MediaTypes.ref("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", d));
    assertEquals("unknown-" + A, MediaTypes.ref("application/octet-stream", d));
    assertEquals("application/json", MediaTypes.bare("Application/JSON; charset=utf-8"));
  }
}
