package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
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
}
