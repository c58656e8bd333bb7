package io.gantry.commands.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.commands.Golden;
import io.gantry.service.driver.Deployments;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarFileTest {
  @TempDir Path folder;
  private final List<Object> asked = new ArrayList<>();
  private final DriverInstall install = new DriverInstall();

  private void install(String file) throws Exception {
    install.deployments = Golden.service(Deployments.class, (method, args) -> {
      asked.add(args[1]);
      return List.of();
    });
    install.run(install.syntax().parse(List.of(file)), Golden.console());
  }

  @Test
  void aFolderIsToldAsOne() {
    String message = assertThrows(InvalidException.class, () -> install(folder.toString())).getMessage();
    assertTrue(message.startsWith("driver:install: " + folder + " is a folder; expected the jar of a bundle\n"), message);
    var update = new DriverUpdate();
    message = assertThrows(InvalidException.class, () -> update.run(update.syntax().parse(List.of("snapshot/overlayfs", folder
        .toString())), Golden.console())).getMessage();
    assertTrue(message.startsWith("driver:update: " + folder + " is a folder"), message);
    assertTrue(assertThrows(InvalidException.class, () -> install("a\0b")).getMessage().contains("no file can have this name"));
    assertEquals(List.of(), asked);
  }

  @Test
  void aFileIsPassedOn() throws Exception {
    Path jar = Files.createFile(folder.resolve("a.jar"));
    install(jar.toString());
    install(folder.resolve("none.jar").toString());
    assertEquals(List.of(jar, folder.resolve("none.jar")), asked, "what is not there, the deployment tells");
  }
}
