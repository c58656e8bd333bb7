package io.gantry.commands.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.commands.Verb;
import io.gantry.commands.dist.Apply;
import io.gantry.service.content.Contents;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotVerbsTest extends EngineTest {
  private List<String> run(Verb verb, String... words) throws Exception {
    return ok(verb, all(words));
  }

  private static String[] all(String... words) {
    var all = new ArrayList<>(List.of("--snapshotter", "native"));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  private Path tree(String key) throws Exception {
    String mount = run(new SnapshotShow(), key).stream().filter(l -> l.startsWith("mount:")).findFirst().orElseThrow();
    return Path.of(mount.split(" +")[2]);
  }

  /** A chain {@code base ← top}, and {@code work} over that. */
  private void chain() throws Exception {
    run(new SnapshotPrepare(), "one");
    Files.writeString(tree("one").resolve("a"), "1");
    Files.writeString(tree("one").resolve("gone"), "x");
    run(new SnapshotCommit(), "base", "one", "-l", "k=v");
    run(new SnapshotPrepare(), "two", "base");
    Files.writeString(tree("two").resolve("b"), "2");
    Files.delete(tree("two").resolve("gone"));
    run(new SnapshotCommit(), "top", "two");
    assertEquals(List.of("work"), run(new SnapshotPrepare(), "work", "top", "-l", "of=me"));
  }

  @Test
  void theyAreMadeSealedShownAndRemoved() throws Exception {
    chain();
    assertEquals(List.of("look"), run(new SnapshotView(), "look", "base"));
    assertEquals(List.of("native", "└── base", "    ├── look (view)", "    └── top", "        └── work (active)"),
        run(new SnapshotTree()));
    assertTrue(run(new SnapshotShow(), "base").contains("label:        k=v"), () -> "labels are those of the commit");
    String json = String.join("", run(new SnapshotShow(), "work", "--format", "json"));
    assertTrue(json.contains("\"parent\" : \"top\"") && json.contains("\"type\" : \"bind\"") && json.contains("\"of\" : \"me\""), json);
    assertEquals(List.of("n=w", "of=me"), run(new SnapshotLabel(), "work", "n=w"));
    assertEquals(List.of("n=w"), run(new SnapshotLabel(), "work", "of="));
    var said = say(new SnapshotRemove(), all("base", "look", "work", "top", "base"));
    assertEquals("look\nwork\ntop\nbase\n", said.out(), "not before its children");
    assertEquals(1, said.code());
    assertTrue(said.err().contains("base"), said.err());
    assertEquals(List.of(), run(new SnapshotTree()));
  }

  /** What lists leave out they tell of; its children stay in sight, and it goes by its key. */
  @Test
  void aDamagedOneIsToldBehindTheOthersAndRemoved() throws Exception {
    chain();
    run(new SnapshotPrepare(), "lone");
    for (String key : List.of("top", "lone")) {
      engine.service(Table.class).change(Scope.root(), List.of(new Table.Change("snapshot", "native/" + key, -1, Optional.of("{}"
          .getBytes()))));
    }
    String told = "the record of snapshot '%s' of native in namespace default is damaged; remove it by snapshot:remove";
    var list = say(new SnapshotList(), all("-q"));
    assertEquals(List.of("base", "work"), list.lines());
    var tree = say(new SnapshotTree(), all());
    assertEquals(List.of("native", "├── base", "└── top (damaged)", "    └── work (active)"), tree.lines());
    var usage = say(new SnapshotUsage(), all());
    assertEquals(List.of("KEY", "base", "work"), usage.lines().stream().map(l -> l.split(" ")[0]).toList());
    for (var said : List.of(list, tree, usage, say(new SnapshotList()))) {
      assertEquals(1, said.code());
      List<String> err = said.err().lines().toList();
      assertTrue(err.size() == 2 && err.getFirst().startsWith(told.formatted("lone")) && err.getLast().startsWith(told.formatted("top")),
          said.err());
    }
    assertEquals(List.of("KEY", "work"), run(new SnapshotUsage(), "work").stream().map(l -> l.split(" ")[0]).toList());
    assertEquals(List.of("lone"), run(new SnapshotRemove(), "lone"));
    assertEquals(1, say(new SnapshotRemove(), all("top")).code(), "it has a child");
    assertEquals(List.of("work", "top", "base"), run(new SnapshotRemove(), "work", "top", "base"));
    assertEquals(List.of(), run(new SnapshotTree()));
  }

  @Test
  void aMountWhoseRecordIsDamagedGoesByItsFolder() throws Exception {
    assumeTrue(ProcessHandle.current().info().user().filter("root"::equals).isPresent(), "mounts need root");
    chain();
    Path place = root.resolve("mnt");
    String key = SnapshotMount.MountName.of(place);
    run(new SnapshotView(), key, "top");
    List<Mount> mounts = engine.service(Snapshots.class).mounts(Scope.root(), "native", key);
    engine.service(Mounts.class).activate(Scope.root(), key, mounts, place, "native an image");
    assertEquals(List.of("a", "b"), names(place));
    engine.service(Table.class).change(Scope.root(), List.of(new Table.Change("mount", key, -1, Optional.of(new byte[0]))));
    assertEquals(List.of(place.toString()), ok(new SnapshotUnmount(), place.toString()));
    assertEquals(List.of(), names(place));
    assertEquals(List.of("native", "└── base", "    └── top", "        └── work (active)"), run(new SnapshotTree()));
    assertEquals("nothing of ours is mounted on " + place + "\n", say(new SnapshotUnmount(), place.toString()).err());
  }

  @Test
  void namespacesHaveTheirOwn() throws Exception {
    run(new SnapshotPrepare(), "-n", "shop", "work");
    assertEquals(1, say(new SnapshotShow(), all("work")).code());
    assertEquals(List.of("native", "└── work (active)"), run(new SnapshotTree(), "-n", "shop"));
    run(new SnapshotRemove(), "-n", "shop", "work");
  }

  @Test
  void mountsAreTold() throws Exception {
    List<String> lines = run(new SnapshotPrepare(), "work", "--target", "/mnt/x");
    assertEquals(List.of("mount -t bind " + tree("work") + " /mnt/x -o rw,rbind"), lines.stream()
        .map(l -> l.replace("rbind,rw", "rw,rbind"))
        .toList());
    run(new SnapshotRemove(), "work");
  }

  @Test
  void whatTheyTakeIsTold() throws Exception {
    chain();
    Files.write(tree("work").resolve("c"), new byte[1 << 20]);
    assertEquals(List.of("base", "top", "work"), run(new SnapshotUsage()).stream().skip(1).map(l -> l.split(" ")[0]).toList());
    assertTrue(run(new SnapshotUsage(), "work").getLast().matches("work +1\\.0 MiB +[0-9]+"), () -> "1 MiB was written");
    assertTrue(String.join("", run(new SnapshotUsage(), "base", "--format", "json")).matches(
        "\\[ \\{  \"key\" : \"base\",  \"sizeBytes\" : [0-9]+,  \"inodes\" : 3} \\]"));
    assertEquals(1, say(new SnapshotUsage(), all("none")).code());
  }

  /** Applied to what it was made against, it makes the other; nothing of the way stays. */
  @Test
  void whatWasChangedIsALayer() throws Exception {
    chain();
    Files.writeString(tree("work").resolve("b"), "changed");
    for (List<String> line : List.of(List.of("top"), List.of("base", "top"), List.of("base", "work"))) {
      var words = new ArrayList<>(List.of("--keep"));
      words.addAll(line);
      String layer = run(new SnapshotDiff(), words.toArray(String[]::new)).getFirst();
      run(new SnapshotPrepare(), "onto", "base");
      run(new Apply(), layer, "onto");
      assertEquals(line.getLast().equals("work") ? "changed" : "2", Files.readString(tree("onto").resolve("b")), () -> "" + line);
      assertEquals(List.of("a", "b"), names(tree("onto")));
      run(new SnapshotRemove(), "onto");
      assertTrue(blob(layer).containsKey("containerd.io/gc.root"), () -> "it would go with the next collection");
    }
    List<String> keys = run(new SnapshotUsage()).stream().skip(1).map(l -> l.split(" ")[0]).toList();
    assertEquals(List.of("base", "top", "work"), keys, "views are removed");
    assertEquals(List.of(), engine.service(Leases.class).list(Scope.root()));
  }

  private Map<String, String> blob(String digest) throws IOException {
    return engine.service(Contents.class).info(Scope.root(), Digest.parse(digest)).labels();
  }

  @Test
  void aLayerIsWrittenAsItIs() throws Exception {
    chain();
    String kept = run(new SnapshotDiff(), "--keep", "--media-type", "application/vnd.oci.image.layer.v1.tar", "base").getFirst();
    byte[] bytes = engine.service(Contents.class).read(Scope.root(), Digest.parse(kept), 1 << 20);
    String said = say(new SnapshotDiff(), all("--media-type", "application/vnd.oci.image.layer.v1.tar", "base")).out();
    assertArrayEquals(bytes, said.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(1, say(new SnapshotDiff(), all("none")).code());
  }

  private static List<String> names(Path dir) throws IOException {
    try (var all = Files.list(dir)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
