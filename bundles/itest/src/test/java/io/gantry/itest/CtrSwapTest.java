package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.story.SecondBuild;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The snapshotter is replaced, or the manager killed, beneath {@code ctr}. Rounds: {@code -Dgantry.swap.rounds}. */
class CtrSwapTest extends CtrWorld {
  private static final int ROUNDS = Integer.getInteger("gantry.swap.rounds", 20);
  private static final int PULLERS = 2;
  private static final int LAYERS = 8;

  @Test
  void aSnapshotterIsReplacedBeneathPullsAndAttach() throws Exception {
    String many = registry.host() + "/library/many:1";
    registry.push("library/many", "1", ManyFiles.of(LAYERS, 30, 1).image(ImageFormat.OCI));
    Comparison c = in("swap");
    Ctr ours = c.ours();
    ours.ok("images", "pull", "--plain-http", image);
    ours.ok("run", "-d", image, "count", "/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; usleep 10000; done");
    var end = new AtomicBoolean();
    int pulls = 0;
    try (Running attached = c.begin(ours, "tasks", "attach", "count"); var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var pulling = new ArrayList<java.util.concurrent.Future<Integer>>();
      try {
        for (int i = 0; i < PULLERS; i++) {
          String name = "swap" + i + "x";
          pulling.add(pool.submit(() -> pullAgainAndAgain(name, many, end)));
        }
        for (int round = 1; round <= ROUNDS; round++) {
          replaceSnapshotter(round);
          assertEquals("hello", ours.ok("run", "--rm", image, "after-" + round));
          for (var p : pulling) if (p.isDone()) p.get();
        }
      } finally {
        end.set(true);
      }
      for (var p : pulling) pulls += p.get();
      assertTrue(attached.process().isAlive(), () -> "attach ended: " + attached);
      attached.process().destroyForcibly(); // a signal would go to the container
      attached.process().waitFor();
      mustCount(attached.text());
    }
    assertTrue(pulls >= ROUNDS, pulls + " pulls beside " + ROUNDS + " replacements");
    System.out.println(ROUNDS + " replacements beside " + pulls + " pulls");
    ours.ok("tasks", "rm", "-f", "count");
  }

  private static void replaceSnapshotter(int round) throws Exception {
    try (var jars = Files.newDirectoryStream(Path.of(System.getProperty("gantry.home"), "bundles"), "snapshot.overlay-*.jar")) {
      Path jar = SecondBuild.of(jars.iterator().next(), "ctr" + round).into(dir);
      manager.ok("driver:update", "snapshot/overlayfs", jar.toString());
      Files.delete(jar);
    }
  }

  /** Each into a namespace of its own, so that every layer is unpacked; how many. */
  private static int pullAgainAndAgain(String name, String ref, AtomicBoolean end) throws Exception {
    int n = 0;
    while (!end.get()) {
      Ctr ctr = ours().in(name + n++);
      ctr.ok("images", "pull", "--plain-http", ref);
      assertEquals(LAYERS, ctr.ok("snapshots", "ls").lines().skip(1).count());
    }
    return n;
  }

  /** One number after another, none missing; the last line may have been cut. */
  private static void mustCount(String text) {
    List<String> lines = text.lines().toList();
    assertTrue(lines.size() > ROUNDS, text);
    int first = Integer.parseInt(lines.getFirst());
    for (int i = 0; i < lines.size() - 1; i++) assertEquals(Integer.toString(first + i), lines.get(i));
  }

  @Test
  void theManagerIsKilledBeneathContainers() throws Exception {
    Comparison c = in("killed");
    c.pull(image);
    c.same("run", "-d", image, "bg", "/bin/sh", "-c", "sleep 1; while :; do echo line; usleep 100000; done");
    try (Running theirs = c.begin(c.theirs(), "run", image, "fg", "/bin/sh", "-c", "echo up; sleep 1000");
        Running ours = c.begin(c.ours(), "run", image, "fg", "/bin/sh", "-c", "echo up; sleep 1000")) {
      theirs.until("up");
      ours.until("up");
      containerd.restart();
      manager.kill();
      manager.ok("start");
      c.differ("run whose daemon is killed", theirs.end(), ours.end());
    }
    c.unordered("tasks", "ls");
    c.same("tasks", "exec", "--exec-id", "e", "bg", "/bin/sh", "-c", "echo in; exit 3");
    for (Ctr side : List.of(c.ours(), c.theirs())) {
      try (Running attached = c.begin(side, "tasks", "attach", "bg")) {
        attached.until("line\nline\nline\n");
      }
    }
    for (String id : List.of("bg", "fg")) {
      c.same("tasks", "rm", "-f", id);
      c.same("containers", "rm", id);
    }
    c.same("tasks", "ls");
    c.same("snapshots", "ls");
    c.end();
  }
}
