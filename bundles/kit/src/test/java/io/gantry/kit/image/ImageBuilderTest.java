package io.gantry.kit.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Platform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageBuilderTest {
  @TempDir Path temp;

  private static ImageBuilder small() {
    return new ImageBuilder().platform(Platform.parse("linux/arm64")).layer(new LayerBuilder().file("f", "x").gzip())
        .entrypoint("/e", "a b").cmd("c").env("A=b").user("1:2").workingDir("/w").volumes("/v", "/u").labels(Map.of("b", "2", "a", "1"))
        .stopSignal("SIGINT");
  }

  @Test
  void documentsAreTheSameForEqualCalls() {
    Image image = small().build(ImageFormat.OCI);
    assertEquals(image.descriptor(), small().build(ImageFormat.OCI).descriptor());
    String diffId = image.diffIds().getFirst().toString();
    assertEquals(
        "{'created':'2020-09-13T12:26:40Z','architecture':'arm64','os':'linux','config':{'Entrypoint':['/e','a "
        + "b'],'Cmd':['c'],'Env':['A=b'],"
        + "'User':'1:2','WorkingDir':'/w','Volumes':{'/v':{},'/u':{}},'Labels':{'a':'1','b':'2'},'StopSignal':'SIGINT'},"
        + "'rootfs':{'type':'layers','diff_ids':['" + diffId + "']},"
        + "'history':[{'created':'2020-09-13T12:26:40Z','created_by':'layer " + image.diffIds().getFirst().shortHex() + "'}]}",
        new String(image.config().bytes(), StandardCharsets.UTF_8).replace('"', '\''));
    Layer l = image.layers().getFirst();
    assertEquals("{'schemaVersion':2,'mediaType':'application/vnd.docker.distribution.manifest.v2+json','config':{'mediaType':"
        + "'application/vnd.docker.container.image.v1+json','digest':'" + image.config().digest() + "','size':" + image.config().bytes()
        .length
        + "},'layers':[{'mediaType':'application/vnd.docker.image.rootfs.diff.tar.gzip','digest':'" + l.digest() + "','size':" + l.blob()
        .length + "}]}",
        new String(small().build(ImageFormat.DOCKER).manifest().bytes(), StandardCharsets.UTF_8).replace('"', '\''));
  }

  @Test
  void skopeoReadsTheLayoutAndFindsEveryDigest() throws Exception {
    assumeTrue(Programs.find("skopeo").isPresent(), "no skopeo in the PATH");
    Image oci = ManyFiles.of(3, 20, 1).image(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(small().build(ImageFormat.OCI), oci));
    OciLayout layout = new OciLayout(temp.resolve("layout")).write(Map.of("one", oci, "many", index));
    assertEquals(oci.descriptor(), layout.tags().get("one"));
    Programs.output("skopeo", "copy", "-q", "oci:" + layout.folder() + ":one", "dir:" + temp.resolve("one"));
    Programs.output("skopeo", "copy", "-q", "--all", "oci:" + layout.folder() + ":many", "dir:" + temp.resolve("many"));
    assertEquals(oci.descriptor().digest(), Blob.digest(Files.readAllBytes(temp.resolve("one/manifest.json"))));
    assertEquals(index.descriptor().digest(), Blob.digest(Files.readAllBytes(temp.resolve("many/manifest.json"))));
  }

  @Test
  void umociUnpacksManyFiles() throws Exception {
    assumeTrue(Programs.find("umoci").isPresent(), "no umoci in the PATH");
    OciLayout layout = new OciLayout(temp.resolve("layout")).write(Map.of("m", ManyFiles.of(4, 40, 1).image(ImageFormat.OCI)));
    Programs.output("umoci", "unpack", "--rootless", "--image", layout.folder() + ":m", temp.resolve("b").toString());
    Path opt = temp.resolve("b/rootfs/opt");
    assertTrue(Files.isSameFile(opt.resolve("layer03/again"), opt.resolve("layer03/d0/f00000")));
    assertTrue(Files.notExists(opt.resolve("layer02/d2/f00010")), "hidden by the layer above");
    assertEquals(List.of("f00003"), names(opt.resolve("layer01/d3")));
    assertEquals("alone now\n", Files.readString(opt.resolve("layer01/d3/f00003")));
  }

  @Test
  void redisOfDebianPackagesHasAllItsLibraries() throws Exception {
    assumeTrue(DebImage.missing().isEmpty(), () -> DebImage.missing().get());
    assumeTrue(Programs.find("umoci").isPresent(), "no umoci in the PATH");
    Path cache = Path.of("target", "debs").toAbsolutePath();
    Image redis;
    try {
      redis = new DebImage(cache).redis().build(ImageFormat.OCI);
    } catch (java.io.IOException e) {
      assumeTrue(false, "no Debian packages to be had: " + e.getMessage());
      return;
    }
    OciLayout layout = new OciLayout(temp.resolve("layout")).write(Map.of("redis", redis));
    Programs.output("umoci", "unpack", "--rootless", "--image", layout.folder() + ":redis", temp.resolve("b").toString());
    Path root = temp.resolve("b/rootfs");
    assertTrue(Files.isSymbolicLink(root.resolve("usr/local/bin/redis-server")));
    assumeTrue(Files.isWritable(Path.of("/etc")), "chroot needs root");
    String version = new String(Programs.output("chroot", root.toString(), "/usr/local/bin/redis-server", "--version"),
        StandardCharsets.UTF_8);
    assertTrue(version.startsWith("Redis server v="), version);
  }

  @Test
  void busyboxOfADebianPackageRunsItsTools() throws Exception {
    assumeTrue(DebImage.missing().isEmpty(), () -> DebImage.missing().get());
    assumeTrue(Programs.find("umoci").isPresent(), "no umoci in the PATH");
    assumeTrue(Files.isWritable(Path.of("/etc")), "chroot needs root");
    Image busybox;
    try {
      busybox = new DebImage(Path.of("target", "debs").toAbsolutePath()).busybox().build(ImageFormat.DOCKER);
    } catch (java.io.IOException e) {
      assumeTrue(false, "no Debian packages to be had: " + e.getMessage());
      return;
    }
    OciLayout layout = new OciLayout(temp.resolve("layout"));
    layout.write(Map.of("b", new ImageBuilder().layers(busybox.layers()).build(ImageFormat.OCI)));
    Programs.output("umoci", "unpack", "--rootless", "--image", layout.folder() + ":b", temp.resolve("b").toString());
    byte[] said = Programs.output("chroot", temp.resolve("b/rootfs").toString(), "/bin/echo", "hello");
    assertEquals("hello\n", new String(said, StandardCharsets.UTF_8));
  }

  private static List<String> names(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}
