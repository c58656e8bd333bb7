package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manager's folder whose path, read as a URI, is another one. */
class StrangeRootTest {
  @TempDir Path temp;

  @Test
  void logsAreInIt() throws Exception {
    Host.require();
    Host host = new Host(Files.createDirectory(temp.resolve("a%20b100%#1")));
    try {
      host.tasks.run(SCOPE, Host.script("c", "echo out"));
      assertEquals(0, host.tasks.await(SCOPE, "c").code());
      assertEquals("out\n", host.log("c"));
      host.tasks.delete(SCOPE, "c", false);
    } finally {
      host.clear();
    }
  }
}
