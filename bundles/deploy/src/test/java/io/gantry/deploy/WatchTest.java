package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that is replaced, which inotify does not tell. */
class WatchTest {
  @TempDir Path temp;
  private final Semaphore told = new Semaphore(0);
  private Process parent;
  private Path unreadable;

  /** The network of a process that has ended, and whose parent has not asked for that, can be opened and not be read: EINVAL. */
  @BeforeEach
  void makeAFolderThatCannotBeRead() throws Exception {
    parent = new ProcessBuilder("timeout", "300", "sleep", "300").start();
    while (parent.children().findAny().isEmpty()) Thread.sleep(1);
    ProcessHandle child = parent.children().findAny().orElseThrow();
    assertEquals(0, new ProcessBuilder("kill", "-STOP", String.valueOf(parent.pid())).start().waitFor());
    child.destroyForcibly();
    Path proc = Path.of("/proc", String.valueOf(child.pid()));
    while (!Files.readString(proc.resolve("stat")).contains(") Z ")) Thread.sleep(1);
    unreadable = proc.resolve("net");
  }

  @AfterEach
  void end() throws Exception {
    parent.destroyForcibly().waitFor();
  }

  @Test
  void aFolderThatCannotBeReadIsLookedAtAgain() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("config"));
    try (Watch watch = new Watch(folder, told::release)) {
      watch.start();
      Files.move(folder, temp.resolve("before"));
      Files.createSymbolicLink(folder, unreadable);
      isTold();
      Files.delete(folder);
      Files.createDirectory(folder);
      Files.writeString(folder.resolve("content.cfg"), "");
      isTold();
    }
  }

  private void isTold() throws InterruptedException {
    assertTrue(told.tryAcquire(60, TimeUnit.SECONDS), "no change was told within 60 s");
    told.drainPermits();
  }
}
