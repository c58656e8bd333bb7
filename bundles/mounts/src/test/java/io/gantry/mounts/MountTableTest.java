package io.gantry.mounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.kit.world.MemoryTable;
import io.gantry.linux.MountInfo;
import io.gantry.service.mount.Mounts.Active;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounts by name, as their rows say. */
class MountTableTest {
  private static final Scope SCOPE = Scope.root();
  private static final String WHOLE = "{\"target\":\"/nowhere\",\"holds\":\"h\",\"made\":false,\"mounts\":[{\"type\":\"tmpfs\","
      + "\"source\":\"tmpfs\",\"target\":\"\",\"options\":[]}]}";
  @TempDir Path root;
  private final MemoryTable table = new MemoryTable();

  private MountTable mounts() {
    return new MountTable(table, root.resolve("temporary"));
  }

  private void row(String name, String json) throws IOException {
    table.change(SCOPE, List.of(new Change("mount", name, -1, Optional.of(json.getBytes(StandardCharsets.UTF_8)))));
  }

  private static String without(String field) throws IOException {
    var o = (ObjectNode) new ObjectMapper().readTree(WHOLE);
    o.remove(field);
    return o.toString();
  }

  @Test
  void whatIsDamagedIsNeitherForgottenNorInTheWayOfOthers() throws Exception {
    row("whole", WHOLE);
    var damaged = new ArrayList<>(List.of("", "{}", "[]", WHOLE.substring(1), WHOLE.replaceFirst("\\[\\{.*\\}\\]", "[]"),
        WHOLE.replace("/nowhere", "nowhere"), WHOLE.replace("\"tmpfs\",\"target", "1,\"target")));
    for (String field : List.of("target", "holds", "made", "mounts")) damaged.add(without(field));
    for (String json : damaged) {
      row("it", json);
      String said = assertThrows(CorruptException.class, () -> mounts().deactivate(SCOPE, "it"), json).getMessage();
      assertTrue(said.startsWith("the record of mount 'it' in namespace default is damaged, so where it is mounted is not known;"
          + " snapshot:unmount with its folder takes it away: expected "), said);
      assertTrue(table.get(SCOPE, "mount", "it").isPresent(), json);
      assertThrows(CorruptException.class, () -> mounts().find(SCOPE, "it"), json);
      assertEquals(List.of("whole"), mounts().list(SCOPE).stream().map(Active::name).toList(), json);
      assertEquals(List.of("it"), mounts().damaged(SCOPE).stream().map(Damaged::id).toList(), json);
    }
    mounts().deactivate(SCOPE, "whole");
    assertTrue(table.get(SCOPE, "mount", "whole").isEmpty());
  }

  @Test
  void listsAllHoweverMany() throws Exception {
    for (int i = 0; i < 10_001; i++) row("m" + i, WHOLE);
    assertEquals(10_001, mounts().list(SCOPE).size());
  }

  @Test
  void whatIsDamagedGoesByItsFolder() throws Exception {
    assumeTrue(ProcessHandle.current().info().user().filter("root"::equals).isPresent(), "mounts need root");
    var mount = new Mount("tmpfs", "tmpfs", "", List.of("size=1m"));
    MountTable mounts = mounts();
    Path ours = mounts.temporary(SCOPE, "ours");
    Path place = root.resolve("place");
    for (Path p : List.of(ours, place)) {
      mounts.activate(SCOPE, "it", List.of(mount), p, "nothing");
      row("it", "{");
      assertThrows(CorruptException.class, () -> mounts.deactivate(SCOPE, "it"));
      Path file = p.toRealPath().resolve("file");
      try (var open = Files.newOutputStream(file)) {
        open.write(1);
        assertThrows(ConflictException.class, () -> mounts.deactivate(SCOPE, "it", p), "it is in use");
        assertTrue(table.get(SCOPE, "mount", "it").isPresent());
      }
      mounts.deactivate(SCOPE, "it", p);
      assertFalse(Files.exists(file));
      assertFalse(MountInfo.read().stream().anyMatch(i -> i.isAt(p)), "it is unmounted");
      assertTrue(table.get(SCOPE, "mount", "it").isEmpty());
    }
    assertFalse(Files.exists(ours));
    assertTrue(Files.isDirectory(place), "whoever made it is not known");
    row("it", WHOLE);
    mounts.deactivate(SCOPE, "it", place);
    mounts.deactivate(SCOPE, "it", place);
    assertEquals(List.of(), mounts.list(SCOPE));
  }

  @Test
  void whatIsMountedIsFoundAndTakenAwayByItsRow() throws Exception {
    assumeTrue(ProcessHandle.current().info().user().filter("root"::equals).isPresent(), "mounts need root");
    Path place = root.toRealPath().resolve("place");
    var mount = new Mount("tmpfs", "tmpfs", "", List.of("size=1m"));
    Active made = mounts().activate(SCOPE, "it", List.of(mount), place, "nothing");
    assertEquals(new Active("it", place, List.of(mount), "nothing", true), made);
    assertEquals(Optional.of(made), mounts().find(SCOPE, "it"));
    mounts().deactivate(SCOPE, "it");
    assertFalse(Files.exists(place));
    assertEquals(List.of(), mounts().list(SCOPE));
  }
}
