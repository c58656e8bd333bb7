package io.gantry.commands.namespace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.commands.Golden;
import io.gantry.commands.snapshot.SnapshotCommit;
import io.gantry.commands.snapshot.SnapshotPrepare;
import io.gantry.commands.snapshot.SnapshotRemove;
import io.gantry.commands.snapshot.SnapshotShow;
import io.gantry.commands.snapshot.SnapshotView;
import io.gantry.service.record.Images;
import io.gantry.service.record.Table;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NamespacesTest extends EngineTest {
  @Test
  void oneIsMadeLabelledListedAndRemoved() throws Exception {
    assertEquals(List.of("shop"), ok(new NamespaceCreate(), "shop", "team=blue"));
    assertTrue(say(new NamespaceCreate(), "shop").err().contains("shop"), "it is there");
    assertEquals(1, say(new NamespaceCreate(), "../x").code());
    assertEquals(List.of("floor=2", "team=green"), ok(new NamespaceLabel(), "shop", "team=green", "floor=2"));
    assertEquals(List.of("floor=2"), ok(new NamespaceLabel(), "shop", "team="));
    assertTrue(ok(new NamespaceList()).contains("shop  floor=2"), () -> "" + list());
    assertTrue(ok(new NamespaceList(), "-q").contains("shop"));
    assertTrue(String.join("", ok(new NamespaceList(), "--format", "json")).contains("{  \"name\" : \"shop\",  \"labels\" : {"));
    assertEquals(List.of("shop"), ok(new NamespaceRemove(), "shop"));
    var mistyped = say(new NamespaceLabel(), "shop", "a=b");
    assertEquals(1, mistyped.code(), "it makes none");
    assertTrue(mistyped.err().contains("namespace \"shop\" is not there; namespace:create makes it"), mistyped.err());
    assertTrue(ok(new NamespaceList(), "-q").stream().noneMatch("shop"::equals));
  }

  private List<String> list() {
    try {
      return ok(new NamespaceList());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDamagedOneIsListedAndMadeAnew() throws Exception {
    ok(new NamespaceCreate(), "shop", "team=blue");
    engine.service(Table.class).change(Scope.root(), List.of(new Table.Change("namespace", "shop", -1, Optional.of(new byte[0]))));
    var said = say(new NamespaceList());
    assertEquals(1, said.code());
    assertTrue(said.lines().contains("shop  damaged"), said.out());
    assertTrue(said.err().startsWith("the record of namespace 'shop' is damaged; namespace:create with its name"), said.err());
    assertTrue(say(new NamespaceList(), "--format", "json").out().contains("\"labels\" : null"));
    assertEquals(1, say(new NamespaceLabel(), "shop", "a=b").code());
    ok(new NamespaceCreate(), "shop", "team=green");
    assertTrue(ok(new NamespaceList()).contains("shop  team=green"), () -> "" + list());
  }

  @Test
  void oneWithRecordsStays() throws Exception {
    Images images = engine.service(Images.class);
    images.create(Scope.root().withNamespace("full"), "i", Golden.descriptor("t", 1, 1), Map.of());
    ok(new NamespaceCreate(), "empty");
    var said = say(new NamespaceRemove(), "full", "empty");
    assertEquals(1, said.code());
    assertEquals("empty\n", said.out());
    assertTrue(said.err().contains("image"), said.err());
  }

  @Test
  void oneNamesTheSnapshotDriverOfItsVerbs() throws Exception {
    ok(new NamespaceCreate(), "copies", "containerd.io/defaults/snapshotter=native");
    ok(new SnapshotPrepare(), "-n", "copies", "work");
    assertTrue(ok(new SnapshotShow(), "-n", "copies", "work").stream().anyMatch(l -> l.matches("snapshotter: +native")));
    ok(new SnapshotCommit(), "-n", "copies", "base", "work");
    ok(new SnapshotView(), "-n", "copies", "look", "base");
    ok(new SnapshotRemove(), "-n", "copies", "look", "base");
    ok(new NamespaceLabel(), "copies", "containerd.io/defaults/snapshotter=nosuch");
    var said = say(new SnapshotPrepare(), "-n", "copies", "work");
    assertEquals(1, said.code());
    assertTrue(said.err().startsWith("the label containerd.io/defaults/snapshotter of namespace \"copies\" says 'nosuch': "), said.err());
    ok(new SnapshotPrepare(), "-n", "copies", "--snapshotter", "native", "work");
  }

  @Test
  void aLabelNeedsAKey() throws Exception {
    assertTrue(say(new NamespaceCreate(), "shop", "blue").err().contains("'blue' is no label, expected KEY=VALUE"));
    assertEquals(List.of(), ok(new NamespaceList(), "-q").stream().filter("shop"::equals).toList(), "nothing was made");
  }
}
