package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.story.SecondBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is written while nobody is attached, by {@code --address}: a Gantry logs it, containerd keeps nothing, and that is said. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FarLogsTest extends CtrWorld {
  private static final String COUNT = "i=0; while [ ! -e /tmp/go ]; do i=$((i+1)); echo $i; usleep 10000; done; echo last >&2; exit 7";
  private static final int ROUNDS = 3;

  private static List<FarClient> both(String namespace) throws Exception {
    Comparison c = in(namespace);
    c.pull(image);
    c.end();
    return List.of(new FarClient(c.ours()), new FarClient(c.theirs()));
  }

  private static Running client(FarClient far, String verb, String... words) throws IOException {
    Path out = Files.createTempFile(far.side().folder(), "out", "");
    Path err = Files.createTempFile(far.side().folder(), "err", "");
    return new Running(new ProcessBuilder(far.command(verb, words)).redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out,
        err);
  }

  private static void replaceRuntime(int round) throws Exception {
    try (var jars = Files.newDirectoryStream(Path.of(System.getProperty("gantry.home"), "bundles"), "runtime.shim-*.jar")) {
      Path jar = SecondBuild.of(jars.iterator().next(), "logs" + round).into(dir);
      manager.ok("driver:update", "runtime/io.containerd.runc.v2", jar.toString());
      Files.delete(jar);
    }
  }

  /** One number after another from there on, and the last word. */
  private static void mustCount(int first, List<String> lines) {
    for (int i = 0; i < lines.size() - 1; i++) assertEquals(Integer.toString(first + i), lines.get(i));
    assertEquals("last", lines.getLast());
  }

  /** And while the manager is killed and started. */
  @Test
  void isReadAndJoinedWhileTheRuntimeIsReplaced() throws Exception {
    FarClient far = both("far-logs").getFirst();
    assertEquals("count", far.ok("ctr:run", "-d", "--id", "count", image, "/bin/sh", "-c", COUNT));
    until("it counts", () -> far.ok("ctr:logs", "count").startsWith("1\n2\n"));
    try (Running followed = client(far, "ctr:logs", "--follow", "count"); Running joined = client(far, "ctr:attach", "count")) {
      followed.until("\n9\n");
      until("it is joined", () -> joined.text().lines().count() > 2);
      for (int round = 1; round <= ROUNDS; round++) replaceRuntime(round);
      manager.kill();
      manager.ok("start");
      long seen = followed.text().lines().count();
      until("it counts on", () -> followed.text().lines().count() > seen + 10 && joined.text().lines().count() > 10);
      far.ok("ctr:exec", "count", "touch", "/tmp/go");
      Answer all = followed.end();
      assertEquals(0, all.code(), all.both());
      mustCount(1, all.out().lines().toList());
      Answer tail = joined.end();
      assertEquals(7, tail.code(), tail.both());
      List<String> lines = tail.out().lines().toList();
      mustCount(Integer.parseInt(lines.getFirst()), lines);
      assertEquals(all.out(), far.run("ctr:logs", "count").out());
      assertEquals(all.out().strip(), manager.ok("-n", far.side().namespace(), "ctr:logs", "count"));
      far.ok("ctr:start", "count");
      until("it was started again", () -> far.run("ctr:logs", "count").out().equals(all.out() + "last\n"));
    }
    far.ok("ctr:delete", "-f", "count");
    assertEquals(1, far.run("ctr:logs", "count").code());
    try (var left = Files.list(manager.root().resolve("log/containers").resolve(far.side().namespace()))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void whatTheManagersOwnShellRanIsReadAndJoined() throws Exception {
    FarClient far = both("far-home").getFirst();
    manager.ok("-n", far.side().namespace(), "ctr:run", "-d", "--id", "home", image, "/bin/sh", "-c", COUNT);
    try (Running joined = client(far, "ctr:attach", "home")) {
      until("it is joined", () -> joined.text().lines().count() > 2);
      far.ok("ctr:exec", "home", "touch", "/tmp/go");
      Answer tail = joined.end();
      assertEquals(7, tail.code(), tail.both());
      assertTrue(far.ok("ctr:logs", "home").endsWith(tail.out().strip()), tail.both());
    }
    far.ok("ctr:delete", "home");
  }

  @Test
  void containerdKeepsNothing() throws Exception {
    FarClient far = both("far-none").getLast();
    far.ok("ctr:run", "-d", "--id", "none", image, "/bin/sh", "-c", "echo said; exit 3");
    assertEquals("3", far.ok("ctr:wait", "none"));
    assertEquals(new Answer(1, "", "this manager keeps nothing of what container 'none' wrote, as containerd keeps nothing: its output goes"
        + " where its client said, and that of ctr:run -d and ctr:start by an address goes nowhere; a Gantry logs it\n"),
        far.run("ctr:logs", "none"));
    far.ok("ctr:delete", "none");
  }
}
