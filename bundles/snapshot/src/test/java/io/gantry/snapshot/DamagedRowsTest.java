package io.gantry.snapshot;

import static io.gantry.snapshot.Trees.COPY;
import static io.gantry.snapshot.Trees.OVERLAY;
import static io.gantry.snapshot.Trees.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.service.snapshot.SnapshotInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are no longer what was written. */
class DamagedRowsTest {
  private static final Optional<String> NONE = Optional.empty();
  @TempDir Path root;
  private Trees trees;
  private SnapshotKeys keys;

  @BeforeEach
  void open() throws Exception {
    trees = new Trees(root);
    keys = trees.keys;
    trees.layer(COPY, "base", NONE, "a");
    trees.layer(COPY, "top", Optional.of("base"), "b");
    keys.prepare(SCOPE, COPY, "mine", Optional.of("top"), Map.of());
  }

  @AfterEach
  void close() throws IOException {
    if (trees != null) trees.close();
  }

  private byte[] row(String key) throws IOException {
    return trees.table.get(SCOPE, SnapshotRow.TABLE, SnapshotRow.rowId(COPY, key)).orElseThrow().json();
  }

  private void write(String key, byte[] json) throws IOException {
    trees.table.change(SCOPE, List.of(new Change(SnapshotRow.TABLE, SnapshotRow.rowId(COPY, key), -1, Optional.of(json))));
  }

  private void damage(String key) throws IOException {
    write(key, new byte[0]);
  }

  private int children(String key) throws IOException {
    return SnapshotRow.decode("default", new Row(SnapshotRow.rowId(COPY, key), 1, row(key))).children();
  }

  @Test
  void noPartOfARowIsARow() throws Exception {
    byte[] good = row("top");
    String id = SnapshotRow.rowId(COPY, "top");
    for (int i = 0; i < good.length; i++) refused(id, Arrays.copyOf(good, i));
    String text = new String(good, StandardCharsets.UTF_8);
    for (String field : List.of("id", "kind", "parent", "parents", "children", "sizeBytes", "inodes", "created", "updated", "labels")) {
      assertTrue(text.contains("\"" + field + "\":"), text);
      refused(id, text.replace("\"" + field + "\":", "\"other\":").getBytes(StandardCharsets.UTF_8));
    }
    for (String wrong : List.of("\"SEALED\"", "\"children\":1", "\"parent\":\"base\"")) {
      String name = wrong.contains(":") ? wrong.substring(0, wrong.indexOf(':') + 1) : "";
      for (String other : List.of("null", "\"\"", "[]", "-1")) {
        refused(id, text.replace(wrong, name + other).getBytes(StandardCharsets.UTF_8));
      }
    }
    refused("top", good);
    SnapshotRow.decode("default", new Row(id, 1, text.replaceFirst("\\{", "{\"newer\":{},").getBytes(StandardCharsets.UTF_8)));
  }

  private static void refused(String id, byte[] json) {
    String message = assertThrows(CorruptException.class, () -> SnapshotRow.decode("default", new Row(id, 1, json)),
        () -> new String(json, StandardCharsets.UTF_8)).getMessage();
    assertTrue(message.contains(" in namespace default is damaged; remove it by snapshot:remove"), message);
  }

  @Test
  void itIsToldByWhoeverNeedsIt() throws Exception {
    List<io.gantry.api.Mount> mounts = keys.mounts(SCOPE, COPY, "mine");
    damage("top");
    for (Executable call : List.<Executable>of(() -> keys.get(SCOPE, COPY, "top"), () -> keys.find(SCOPE, COPY, "top"),
        () -> keys.prepare(SCOPE, COPY, "x", Optional.of("top"), Map.of()), () -> keys.label(SCOPE, COPY, "top", Map.of()),
        () -> keys.sweep(SCOPE, COPY, false), () -> keys.of(SCOPE, List.of()))) {
      String message = assertThrows(CorruptException.class, call).getMessage();
      assertTrue(message.startsWith("the record of snapshot 'top' of native in namespace default is damaged; "), message);
    }
    assertEquals("mine", keys.of(SCOPE, mounts).orElseThrow().key(), "others are found beside it");
    assertEquals(3, trees.trees(COPY).size());
  }

  @Test
  void listsGoOnBesideIt() throws Exception {
    keys.prepare(SCOPE, OVERLAY, "x", NONE, Map.of());
    damage("base");
    damage("mine");
    assertEquals(List.of("top"), keys.list(SCOPE, COPY, "", 10).stream().map(SnapshotInfo::key).toList());
    assertEquals(List.of("top"), keys.list(SCOPE, COPY, "", 1).stream().map(SnapshotInfo::key).toList(),
        "a page that is empty is the last");
    assertEquals(List.of(), keys.list(SCOPE, COPY, "top", 1));
    List<Damaged> damaged = keys.damaged(SCOPE, COPY);
    assertEquals(List.of("base", "mine"), damaged.stream().map(Damaged::id).toList());
    String why = damaged.getLast().why().getMessage();
    assertTrue(why.startsWith("the record of snapshot 'mine' of native in namespace default is damaged; remove it by snapshot:remove"),
        why);
    keys.remove(SCOPE, COPY, "mine");
    assertEquals(List.of("base"), keys.damaged(SCOPE, COPY).stream().map(Damaged::id).toList());
    assertEquals(List.of(), keys.damaged(SCOPE, OVERLAY));
  }

  @Test
  void aRemovedChildIsNoChildOfItsParentAnyMore() throws Exception {
    keys.prepare(SCOPE, COPY, "other", Optional.of("top"), Map.of());
    assertEquals(2, children("top"));
    damage("mine");
    keys.remove(SCOPE, COPY, "mine");
    assertEquals(1, children("top"));
    assertEquals(1, children("base"));
    assertTrue(trees.told.lines().getLast().contains("/snapshot/remove") && trees.told.lines().getLast().contains("mine"),
        trees.told.lines()::toString);
    keys.remove(SCOPE, COPY, "other");
    assertEquals(1, keys.sweep(SCOPE, COPY, false).size(), "its tree goes with a collection");
    keys.remove(SCOPE, COPY, "top");
    keys.remove(SCOPE, COPY, "base");
    assertEquals(List.of(), trees.trees(COPY));
  }

  @Test
  void aParentGoesAfterItsChildren() throws Exception {
    damage("top");
    var e = assertThrows(ConflictException.class, () -> keys.remove(SCOPE, COPY, "top"));
    assertEquals("snapshot native 'top' is damaged and has 1 children; remove those first", e.getMessage());
    keys.remove(SCOPE, COPY, "mine");
    assertEquals(1, children("base"));
    keys.remove(SCOPE, COPY, "top");
    assertEquals(0, children("base"));
    keys.remove(SCOPE, COPY, "base");
    assertEquals(1, keys.sweep(SCOPE, COPY, false).size());
    assertEquals(List.of(), trees.trees(COPY));
  }

  /** Each of them may be a child of somebody. */
  @Test
  void childrenAreCountedWhenTheLastDamagedOneIsGone() throws Exception {
    damage("top");
    damage("mine");
    keys.remove(SCOPE, COPY, "top");
    assertEquals(1, children("base"));
    assertThrows(ConflictException.class, () -> keys.remove(SCOPE, COPY, "base"));
    keys.remove(SCOPE, COPY, "mine");
    assertEquals(0, children("base"));
    keys.remove(SCOPE, COPY, "base");
  }
}
