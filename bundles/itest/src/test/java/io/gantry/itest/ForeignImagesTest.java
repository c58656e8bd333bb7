package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.TreeDump;
import io.gantry.kit.registry.RealRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An image that others made and pushed is, in our hands, what it is in theirs. */
class ForeignImagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static Path dir;
  private static ForeignImage image;
  private static RealRegistry registry;
  private static Manager manager;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), ForeignImage.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    dir = Files.createTempDirectory("gantry-foreign").toRealPath();
    image = new ForeignImage(dir);
    registry = RealRegistry.start();
    image.push(registry, "library/foreign:oci", "oci");
    image.push(registry, "library/foreign:v2s2", "v2s2");
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
    if (registry != null) registry.close();
    if (dir == null) return;
    Programs.output("rm", "-rf", dir.toString());
  }

  private static String ref(String tag) {
    return "docker.io/library/foreign:" + tag;
  }

  @ParameterizedTest
  @CsvSource({"oci, overlayfs", "oci, native", "v2s2, overlayfs", "v2s2, native"})
  void itsTreeIsUmocis(String tag, String snapshotter) throws Exception {
    manager.ok("dist:pull", "-q", "--snapshotter", snapshotter, ref(tag));
    Path place = Files.createDirectory(dir.resolve("mounted-" + tag + "-" + snapshotter));
    manager.ok("snapshot:mount", "--snapshotter", snapshotter, ref(tag), place.toString());
    try {
      List<String> expected = new ArrayList<>(TreeDump.of(image.unpacked()));
      List<String> actual = new ArrayList<>(TreeDump.of(place));
      assertTrue(actual.size() > 30, "a tree worth comparing: " + actual.size() + " entries");
      List<String> more = new ArrayList<>(actual);
      more.removeAll(expected);
      expected.removeAll(actual);
      assertEquals("", lines("- ", expected) + lines("+ ", more));
      Answer again = manager.run("snapshot:mount", "--snapshotter", snapshotter, ref(tag), place.toString());
      assertEquals(1, again.code());
      assertEquals("an image is mounted on " + place + " already; snapshot:unmount " + place + " takes it away\n", again.err());
    } finally {
      manager.ok("snapshot:unmount", place.toString());
    }
  }

  private static String lines(String sign, List<String> all) {
    StringBuilder text = new StringBuilder();
    for (String line : all) text.append(sign).append(line).append('\n');
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "v2s2"})
  void itsDigestsAreSkopeos(String tag) throws Exception {
    manager.ok("dist:pull", "-q", ref(tag));
    JsonNode theirs = JSON.readTree(Programs.output("skopeo", "inspect", "--tls-verify=false",
        "docker://" + registry.host() + "/library/foreign:" + tag));
    JsonNode all = JSON.readTree(manager.ok("dist:images", "--format", "json"));
    JsonNode ours = null;
    for (JsonNode each : all) if (each.path("ref").asText().equals(ref(tag))) ours = each;
    assertEquals(theirs.path("Digest").asText(), ours == null ? "none in " + all : ours.path("digest").asText());
    String tree = manager.ok("dist:inspect", ref(tag), "--format", "json");
    for (JsonNode layer : theirs.path("Layers")) assertTrue(tree.contains(layer.asText()), layer + " is not in " + tree);
    assertTrue(theirs.path("Layers").size() >= 6, theirs.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlayfs", "native"})
  void itRunsAsItsConfigSays(String snapshotter) throws Exception {
    manager.ok("dist:pull", "-q", "--snapshotter", snapshotter, ref("oci"));
    assertEquals("straße: 42:43 in /odd as told", manager.ok("ctr:run", "--rm", "--snapshotter", snapshotter, ref("oci")));
    assertEquals("straße: 42:43 in /odd other words",
        manager.ok("ctr:run", "--rm", "--snapshotter", snapshotter, ref("oci"), "other", "words"));
  }
}
