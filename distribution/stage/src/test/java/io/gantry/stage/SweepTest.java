package io.gantry.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {
  @TempDir
  Path temp;

  @Test
  void processesThatWereStartedOnTheFolder() throws Exception {
    Path ours = Files.createDirectories(temp.resolve("ours/a/b"));
    Files.createSymbolicLink(ours.resolve("link"), temp);
    Path file = Files.writeString(ours.resolve("file"), "");
    Process inside = new ProcessBuilder("tail", "-f", file.toString()).start();
    Process outside = new ProcessBuilder("tail", "-f", Files.writeString(temp.resolve("ours2"), "").toString()).start();
    try {
      new Sweep(temp.resolve("ours")).all();
      assertTrue(inside.waitFor(5, TimeUnit.SECONDS), "the process on the folder has ended");
      assertTrue(outside.isAlive(), "another one goes on");
      assertFalse(Files.exists(temp.resolve("ours")));
      assertTrue(Files.exists(temp.resolve("ours2")), "a link is not followed");
    } finally {
      inside.destroyForcibly();
      outside.destroyForcibly();
    }
  }

  @Test
  void mounts() throws Exception {
    Path point = Files.createDirectories(temp.resolve("ours/point"));
    Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "none", point.toString()).redirectErrorStream(true).start();
    mount.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    assumeTrue(mount.waitFor() == 0, "mounting needs root");
    Sweep sweep = new Sweep(temp.resolve("ours"));
    assertEquals(List.of(point.toString()), sweep.mounts());
    sweep.all();
    assertEquals(List.of(), sweep.mounts());
    assertFalse(Files.exists(point));
  }
}
