package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CgroupsTest {
  @Test
  void managersSideBySideDoNotShareOne() {
    var one = new Cgroups(Path.of("/run/gantry"));
    String path = one.path("default", "foo");
    assertTrue(path.matches("/gantry-[0-9a-f]{12}-default/foo"), path);
    assertEquals(path, new Cgroups(Path.of("/run/../run/gantry")).path("default", "foo"));
    assertNotEquals(path, new Cgroups(Path.of("/run/other")).path("default", "foo"));
    assertNotEquals(path, one.path("other", "foo"));
  }

  @Test
  void whatOneIsMadeInStays() throws Exception {
    Host.require();
    Path root = Path.of("/sys/fs/cgroup");
    var cgroups = new Cgroups(Path.of("/run/" + UUID.randomUUID()));
    Path upper = (Files.exists(root.resolve("cgroup.procs")) ? root : root.resolve("pids")).resolve(Path.of(cgroups.path("n", "c"))
        .getParent().getFileName());
    Files.createDirectory(upper);
    try (var making = cgroups.making()) {
      Thread.ofPlatform().start(() -> cgroups.removeEmpty("n")).join();
      assertTrue(Files.exists(upper));
    } finally {
      cgroups.removeEmpty("n");
    }
    assertFalse(Files.exists(upper));
  }
}
