package io.gantry.resolver.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.image.Programs;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of resolvers, for one that has no network: those about credentials (R-3) have nothing to ask for. */
class LayoutResolverTest {
  private static final Image IMAGE = image("one");
  private static final Image OTHER = image("two");
  @TempDir Path root;
  private LayoutResolver resolver;
  private OciLayout layout;

  private static Image image(String text) {
    return new ImageBuilder().layer(new LayerBuilder().file("x", text.repeat(100_000)).gzip()).build(ImageFormat.OCI);
  }

  @BeforeEach
  void open() throws IOException {
    resolver = new LayoutResolver(Optional.of(root), false);
    layout = new OciLayout(root.resolve("team/app")).write(Map.of("1", IMAGE, "2", OTHER));
  }

  private static Reference reference(String text) {
    return Reference.parse("layout.localhost/" + text);
  }

  private Resolved resolve(String text) throws IOException {
    return resolver.resolve(reference(text), Access.anonymous());
  }

  private byte[] read(Descriptor d, long offset) throws IOException {
    try (Body body = resolver.open(new Resolved(reference("team/app:1"), IMAGE.descriptor()), d, offset, Access.anonymous())) {
      assertEquals(offset, body.offset());
      assertEquals("layout.localhost/team/app:1", body.source());
      return body.stream().readAllBytes();
    }
  }

  private String index() throws IOException {
    return Files.readString(layout.folder().resolve("index.json"));
  }

  private void index(String text) throws IOException {
    Files.writeString(layout.folder().resolve("index.json"), text);
  }

  /** R-1. */
  @Test
  void namesMeanWhatTheyMeanNow() throws IOException {
    assertEquals(new Resolved(reference("team/app:1"), IMAGE.descriptor()), resolve("team/app:1"));
    layout.write(Map.of("1", OTHER));
    assertEquals(OTHER.descriptor(), resolve("team/app:1").target());
    layout.write(Map.of("docker.io/library/app:3", ImageIndex.of(ImageFormat.OCI, List.of(IMAGE))));
    assertEquals(ImageIndex.of(ImageFormat.OCI, List.of(IMAGE)).descriptor(), resolve("team/app:3").target());
    index(index().replace("org.opencontainers.image.ref.name", "other"));
    assertEquals(ImageIndex.of(ImageFormat.OCI, List.of(IMAGE)).descriptor(), resolve("team/app").target(), "the only one is the latest");
    index(index().replace("\"manifests\":[", "\"manifests\":[{\"mediaType\":\"" + OTHER.descriptor().mediaType() + "\",\"digest\":\""
        + OTHER.descriptor().digest() + "\",\"size\":" + OTHER.descriptor().size() + "},"));
    assertThrows(NotFoundException.class, () -> resolve("team/app"), "of two none is");
  }

  /** R-1. */
  @Test
  void digestsAreThoseOrFail() throws IOException {
    Digest digest = IMAGE.descriptor().digest();
    assertEquals(IMAGE.descriptor(), resolve("team/app@" + digest).target());
    layout.write(Map.of("1", OTHER));
    assertEquals(IMAGE.descriptor(), resolve("team/app:1@" + digest).target(), "an image that has no name any more");
    assertThrows(NotFoundException.class, () -> resolve("team/app:1@" + Blob.digest(new byte[1])));
    Path blob = layout.path(digest);
    Files.writeString(blob, Files.readString(blob).replace("amd64", "amd65").replace("\"size\"", " \"size\""));
    assertThrows(CorruptException.class, () -> resolve("team/app@" + digest));
  }

  /** R-2. */
  @Test
  void bytesComeFromTheOffset() throws IOException {
    Blob layer = IMAGE.blobs().getFirst();
    for (long offset : new long[] {0, 1, layer.bytes().length / 2, layer.bytes().length - 1}) {
      assertArrayEquals(Arrays.copyOfRange(layer.bytes(), (int) offset, layer.bytes().length), read(layer.descriptor(), offset));
    }
    for (Blob b : IMAGE.blobs()) assertArrayEquals(b.bytes(), read(b.descriptor(), 0));
  }

  /** R-2, R-4. */
  @Test
  void whatIsCutOffIsNotHidden() throws IOException {
    Blob layer = IMAGE.blobs().getFirst();
    Resolved resolved = resolve("team/app:1");
    try (Body body = resolver.open(resolved, layer.descriptor(), 0, Access.anonymous());
        FileChannel file = FileChannel.open(layout.path(layer.digest()), StandardOpenOption.WRITE)) {
      file.truncate(100);
      var e = assertThrows(UnavailableException.class, () -> body.stream().readAllBytes());
      assertTrue(e.getMessage().contains("layout.localhost/team/app:1") && e.getMessage().contains("after 100 of"), e.getMessage());
    }
    assertThrows(CorruptException.class, () -> read(layer.descriptor(), 0));
    Files.delete(layout.path(layer.digest()));
    assertThrows(NotFoundException.class, () -> read(layer.descriptor(), 0));
  }

  /** R-4. */
  @Test
  void whatIsNotThereIsNotFound() {
    for (String name : List.of("team/app:none", "team/none:1", "none:1")) {
      String message = assertThrows(NotFoundException.class, () -> resolve(name)).getMessage();
      for (String part : List.of("layout.localhost", name.substring(0, name.indexOf(':')), name.substring(name.indexOf(':') + 1), "404")) {
        assertTrue(message.contains(part), message);
      }
    }
    assertTrue(assertThrows(NotFoundException.class, () -> resolve("team/app:none")).getMessage().contains("1"), "tells what there is");
  }

  @Test
  void withoutAFolderNothingIsRead() {
    var none = new LayoutResolver(Optional.empty(), false);
    assertThrows(InvalidException.class, () -> none.resolve(reference("team/app:1"), Access.anonymous()));
    assertThrows(NotFoundException.class, () -> new LayoutResolver(Optional.of(root.resolve("gone")), false)
        .resolve(reference("a/b:1"), Access
        .anonymous()));
  }

  @Test
  void nothingLeadsOut() throws IOException {
    Path outside = Files.createDirectories(root.resolveSibling(root.getFileName() + "-outside"));
    try {
      new OciLayout(outside.resolve("x")).write(Map.of("1", IMAGE));
      Files.createSymbolicLink(root.resolve("absolute"), outside.resolve("x"));
      Files.createSymbolicLink(root.resolve("relative"), Path.of("../" + outside.getFileName() + "/x"));
      assertThrows(DeniedException.class, () -> resolve("absolute:1"));
      assertThrows(DeniedException.class, () -> resolve("relative:1"));
      Files.createSymbolicLink(root.resolve("inside"), Path.of("team/app"));
      assertEquals(IMAGE.descriptor(), resolve("inside:1").target());
      Path blob = layout.path(IMAGE.descriptor().digest());
      Files.delete(blob);
      Files.createSymbolicLink(blob, outside.resolve("x/blobs/sha256/" + blob.getFileName()));
      assertThrows(DeniedException.class, () -> resolve("team/app:1"));
    } finally {
      try (var all = Files.walk(outside)) {
        for (Path p : all.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(p);
      }
    }
  }

  @Test
  void whatIsNoLayoutIsRefused() throws Exception {
    String right = index();
    for (String wrong : List.of("", "[]", "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:../x\",\"size\":1}]}",
        "{\"manifests\":[{\"mediaType\":\"\",\"digest\":\"" + IMAGE.descriptor().digest() + "\",\"size\":1}]}")) {
      index(wrong);
      assertThrows(InvalidException.class, () -> resolve("team/app:1"), wrong);
    }
    index(right.replace("\"2\"", "\"1\""));
    assertThrows(InvalidException.class, () -> resolve("team/app:1"), "two of one name");
    index(right);
    Files.writeString(layout.folder().resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}");
    assertThrows(InvalidException.class, () -> resolve("team/app:1"));
    Files.delete(layout.folder().resolve("oci-layout"));
    Files.createDirectory(layout.folder().resolve("oci-layout"));
    assertThrows(InvalidException.class, () -> resolve("team/app:1"));
    Files.delete(layout.folder().resolve("oci-layout"));
    assertEquals(0, new ProcessBuilder("mkfifo", layout.folder().resolve("oci-layout").toString()).start().waitFor());
    assertThrows(InvalidException.class, () -> resolve("team/app:1"), "a fifo is not waited for");
  }

  /** R-5. */
  @Test
  void aBodyIsClosedOnceAndLeavesNoDescriptor() throws IOException {
    Path fds = Path.of("/proc/self/fd");
    resolve("team/app:1"); // classes are loaded
    long before = count(fds);
    for (int i = 0; i < 20; i++) {
      resolve("team/app:1");
      assertThrows(NotFoundException.class, () -> resolve("team/app:none"));
      Body body = resolver.open(resolve("team/app:1"), IMAGE.blobs().getFirst().descriptor(), 0, Access.anonymous());
      body.stream().read();
      body.close();
      body.close();
      assertThrows(IOException.class, () -> body.stream().read());
    }
    assertTrue(count(fds) < before + 20, "before " + before + ", now " + count(fds));
  }

  private static long count(Path folder) throws IOException {
    try (var all = Files.list(folder)) {
      return all.count();
    }
  }

  @Test
  void readsWhatSkopeoAndUmociWrite() throws Exception {
    for (String p : List.of("skopeo", "umoci")) assumeTrue(Programs.find(p).isPresent(), "skipped: no " + p + " here");
    Programs.output("umoci", "init", "--layout", root.resolve("theirs").toString());
    Programs.output("umoci", "new", "--image", root.resolve("theirs") + ":v1");
    Programs.output("skopeo", "copy", "--insecure-policy", "oci:" + layout.folder() + ":1", "oci:" + root.resolve("copied") + ":v2");
    Programs.output("skopeo", "copy", "--insecure-policy", "oci:" + layout.folder() + ":1", "oci:" + root.resolve("nameless"));
    for (String name : List.of("theirs:v1", "copied:v2", "nameless")) {
      String at = root.resolve(name.replaceAll(":.*", "")) + (name.contains(":") ? ":" + name.substring(name.indexOf(':') + 1) : "");
      String told = new String(Programs.output("skopeo", "inspect", "--format", "{{.Digest}}", "oci:" + at), StandardCharsets.UTF_8)
          .strip();
      assertEquals(told, resolve(name).target().digest().toString());
    }
    Resolved copied = resolve("copied:v2");
    try (Body body = resolver.open(copied, copied.target(), 0, Access.anonymous())) {
      assertEquals(copied.target().digest(), Blob.digest(body.stream().readAllBytes()));
    }
  }
}
