package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.OciLayout;
import io.gantry.kit.image.Packing;
import io.gantry.kit.image.TreeDump;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Trees of random layers are those that {@code umoci unpack} and {@code tar x} make. A seed can be given: {@code -Dgantry.seed=7}. */
class EqualTreesTest {
  private static Stream<Long> seeds() {
    Long given = Long.getLong("gantry.seed");
    return given != null ? Stream.of(given) : LongStream.rangeClosed(1, 6).boxed();
  }

  @TestFactory
  Stream<DynamicTest> asUmoci() {
    return seeds().flatMap(seed -> Stream.of(
        DynamicTest.dynamicTest("seed " + seed, () -> asUmoci(seed, false)),
        DynamicTest.dynamicTest("seed " + seed + ", side by side", () -> asUmoci(seed, true))));
  }

  /** @param names whether layers name the folders above their entries, as real ones do, so that they need no parent */
  private static void asUmoci(long seed, boolean names) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/umoci")), "umoci is not installed");
    try (Root r = new Root(); Overlay o = new Overlay(r)) {
      List<LayerBuilder> layers = new RandomLayers(seed, true, names).layers(6, 40);
      var image = new ImageBuilder().layers(layers.stream().map(l -> l.layer(Packing.gzip())).toList()).cmd("/none")
          .build(ImageFormat.OCI);
      Path layout = r.folder("layout");
      new OciLayout(layout).write(Map.of("t", image));
      run(r.path, "umoci", "unpack", "--image", layout + ":t", r.path.resolve("bundle").toString());
      List<String> expected = TreeDump.of(r.path.resolve("bundle/rootfs"));
      Path plain = r.folder("plain");
      for (int i = 0; i < layers.size(); i++) Sinks.apply(plain, i == 0 ? Below.NOTHING : Below.TREE, layers.get(i).tar());
      same(expected, TreeDump.of(plain), "a plain tree");
      int again = stack(o, layers);
      if (names) assertEquals(0, again, "layers that name what they change need no parents");
      same(withoutLinks(expected), withoutLinks(TreeDump.of(o.merged)), "layers over layers, " + again + " of 5 over their parents");
    }
  }

  private static void same(List<String> expected, List<String> actual, String what) {
    List<String> missing = expected.stream().filter(l -> !actual.contains(l)).map(l -> "- " + l).toList();
    List<String> more = actual.stream().filter(l -> !expected.contains(l)).map(l -> "+ " + l).toList();
    assertEquals("", String.join("\n", missing) + (more.isEmpty() ? "" : "\n") + String.join("\n", more), what);
  }

  /** Side by side first, over the parents where they are needed; answers how often. */
  private static int stack(Overlay o, List<LayerBuilder> layers) throws IOException {
    Sinks.apply(o.lower, Below.NOTHING, layers.getFirst().tar());
    int again = 0;
    for (LayerBuilder l : layers.subList(1, layers.size())) {
      try {
        Sinks.apply(o.upper, Below.UNKNOWN, l.tar());
      } catch (NeedsParentsException e) {
        again++;
        o.emptyUpper();
        Files.setLastModifiedTime(o.upper, java.nio.file.attribute.FileTime.fromMillis(0));
        o.mount();
        Sinks.apply(o.merged, Below.TREE, l.tar());
        o.unmount();
      }
      o.seal();
    }
    o.mount();
    return again;
  }

  /**
   * A hard link into a lower layer is a copy for overlayfs where that file has several names there; and the root of a layer that does not
   * name it is the snapshot driver's business (S-9).
   */
  private static List<String> withoutLinks(List<String> lines) {
    return lines.stream().filter(l -> !l.startsWith(".:")).map(l -> l.replaceFirst(" links \\d+( as .*?(?= \\d+ [0-9a-f]{16}))?", ""))
        .toList();
  }

  @TestFactory
  Stream<DynamicTest> asTar() {
    return seeds().map(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
      try (Root r = new Root()) {
        byte[] tar = new RandomLayers(seed + 1000, false, false).layers(1, 150).getFirst().tar();
        Path file = Files.write(r.path.resolve("layer.tar"), tar);
        Path theirs = r.folder("theirs");
        run(theirs, "tar", "--xattrs", "--xattrs-include=*", "--same-owner", "-p", "--delay-directory-restore", "--warning=no-timestamp",
            "-xf", file.toString());
        Path ours = r.folder("ours");
        Sinks.apply(ours, Below.NOTHING, tar);
        same(TreeDump.of(theirs), TreeDump.of(ours), "a plain tree");
      }
    }));
  }

  private static void run(Path in, String... command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("unpack-test", ".log");
    try {
      int code = new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start()
          .waitFor();
      assertEquals(0, code, () -> {
        try {
          return String.join(" ", command) + ": " + Files.readString(log);
        } catch (IOException e) {
          return e.toString();
        }
      });
    } finally {
      Files.delete(log);
    }
  }
}
