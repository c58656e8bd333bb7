package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.DriverRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read again. */
class LockFileTest {
  private static final DriverRef REF = DriverRef.of("content/local");
  private static final String HEX = "0a".repeat(32);
  @TempDir Path folder;

  @Test
  void whatTheNextStartWouldRefuseIsNotWritten() throws Exception {
    Path file = folder.resolve("drivers.lock");
    LockFile lock = LockFile.read(file);
    List<Deployment> good = List.of(new Deployment(REF, HEX, Optional.of(Deployment.SHIPPED)));
    lock.put(good);
    String before = Files.readString(file);
    for (String bad : List.of("mine", "", HEX + " -", HEX.substring(1), "-", "shipped\n")) {
      assertThrows(InvalidException.class, () -> lock.put(List.of(new Deployment(REF, bad, Optional.empty()))), bad);
      InvalidException e =
          assertThrows(InvalidException.class, () -> lock.put(List.of(new Deployment(REF, HEX, Optional.of(bad)))), bad);
      assertTrue(e.getMessage().startsWith("driver content/local cannot be written to " + file + ": expected 64 hex digits"),
          e.getMessage());
    }
    assertEquals(before, Files.readString(file));
    assertEquals(good, lock.all());
    assertEquals(good, LockFile.read(file).all());
  }
}
