package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.kit.image.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same of containers and their processes. */
class CtrTasksTest extends CtrWorld {
  private static final String CODE = "containerd gives the code of no kind where there is one";
  private static final String LIMIT = Integer.toString(32 << 20);

  @Test
  void containersRun() throws Exception {
    Comparison c = in("run");
    c.pull(image);
    c.same("run", "--rm", image, "one");
    c.same("run", "--rm", image, "two", "/bin/sh", "-c", "echo out; echo err >&2; exit 7");
    c.same("run", "--rm", "--env", "A=b", "--cwd", "/tmp", "--user", "7:8", image, "three", "/bin/sh", "-c", "echo $A; pwd; id -u; id -g");
    c.same("run", "--rm", "--mount", "type=bind,src=/etc,dst=/tmp,options=rbind:ro", image, "four", "/bin/ls", "/tmp/hostname");
    c.same("run", "--rm", image, "five", "/nosuch");
    c.same("run", "--rm", "nosuch", "six");
    c.same("run", "--rm", "--snapshotter", "native", image, "seven", "/bin/sh", "-c", "echo native");
    c.other(CODE, "run", "--rm", "--runtime", "io.containerd.nosuch.v1", image, "eight");
    c.same("run", "--rm", "--runtime", "io.containerd.runc.v1", image, "old", "/bin/sh", "-c", "echo old; exit 3");
    c.same("run", "--rm", "--runtime", "io.containerd.runtime.v1.linux", image, "older", "/bin/sh", "-c", "echo older; exit 4");
    c.other("a runtime is a driver by its name, never the path of a program", "run", "--rm", "--runtime", Programs.find(
        "containerd-shim-runc-v2").orElseThrow().toString(), image, "path", "/bin/sh", "-c", "echo path");
    c.same("run", "--rm", "--memory-limit", "67108864", image, "nine", "/bin/sh", "-c", "echo limited");
    c.typed("echo typed; exit 3\n", "run", "--rm", image, "ten", "/bin/sh");
    c.same("containers", "ls");
    c.same("tasks", "ls");
    c.same("snapshots", "ls");
    c.end();
  }

  @Test
  void tasksAreLookedAfter() throws Exception {
    Comparison c = in("tasks");
    c.pull(image);
    c.same("run", "-d", image, "bg", "/bin/sleep", "1000");
    c.same("run", "-d", image, "bg", "/bin/sleep", "1000");
    c.same("containers", "ls");
    c.same("tasks", "ls");
    c.same("tasks", "ps", "bg");
    c.same("tasks", "exec", "--exec-id", "e1", "bg", "/bin/sh", "-c", "echo in; exit 5");
    c.same("tasks", "exec", "--exec-id", "e2", "nosuch", "/bin/sh");
    c.same("tasks", "pause", "bg");
    c.same("tasks", "ls");
    c.other(CODE, "tasks", "pause", "bg");
    c.same("tasks", "resume", "bg");
    c.other(CODE, "tasks", "resume", "bg");
    c.shape("tasks", "metrics", "bg");
    c.same("containers", "label", "bg", "a=b");
    c.same("containers", "rm", "bg");
    c.same("tasks", "rm", "bg");
    c.same("tasks", "kill", "nosuch");
    c.same("tasks", "kill", "-s", "99", "bg");
    c.same("tasks", "kill", "-s", "SIGKILL", "bg");
    for (Ctr side : List.of(c.ours(), c.theirs())) until("it stopped", () -> side.ok("tasks", "ls").contains("STOPPED"));
    c.same("tasks", "ls");
    c.shape("tasks", "metrics", "bg");
    c.same("tasks", "kill", "bg");
    c.same("tasks", "rm", "bg");
    c.same("tasks", "ls");
    c.same("tasks", "start", "-d", "bg");
    c.same("tasks", "ls");
    c.same("tasks", "rm", "-f", "bg");
    c.same("containers", "rm", "bg");
    c.same("containers", "ls");
    c.same("snapshots", "ls");
    c.end();
  }

  /** What clients write down of a container comes back as they wrote it. */
  @Test
  void recordsOfContainersAreTheirs() throws Exception {
    Comparison c = in("records");
    c.pull(image);
    c.same("containers", "create", image, "made", "/bin/sleep", "7");
    c.same("containers", "info", "made");
    c.same("containers", "info", "--spec", "made");
    c.same("containers", "ls", "-q");
    c.same("containers", "create", image, "made");
    c.same("containers", "info", "nosuch");
    c.same("containers", "rm", "made");
    c.same("containers", "rm", "made");
    c.end();
  }

  @Test
  void processesAreRunWithOptions() throws Exception {
    Comparison c = in("options");
    c.pull(image);
    c.same("run", "--rm", "--hostname", "other", image, "hostname", "/bin/hostname");
    c.same("run", "--rm", "--read-only", image, "read-only", "/bin/touch", "/tmp/x");
    c.same("run", "--rm", "--net-host", image, "net-host", "/bin/ls", "/proc/sys/net/ipv4/conf");
    c.same("run", "--rm", "--log-uri", "file://DIR/task.log", image, "file", "/bin/sh", "-c",
        "echo out; usleep 300000; echo err >&2; exit 4");
    c.files("DIR/task.log");
    Path logger = program("logger", "#!/bin/sh\nexec 5>&-\ncat <&3 >\"$2.out\" &\ncat <&4 >\"$2.err\" &\nwait\n");
    c.same("run", "--rm", "--log-uri", "binary://" + logger + "?to=DIR/logged", image, "binary", "/bin/sh", "-c",
        "echo out; echo err >&2; exit 4");
    c.files("DIR/logged.out");
    c.files("DIR/logged.err");
    c.same("run", "--rm", "--null-io", image, "null", "/bin/sh", "-c", "echo out; exit 4");
    c.other(CODE, "run", "--rm", "--log-uri", "ftp://x", image, "bad", "/bin/sh", "-c", "echo out; exit 4");
    c.same("containers", "ls");
    for (Ctr side : List.of(c.ours(), c.theirs())) {
      Path root = Files.createDirectories(side.folder().resolve("tree/bin"));
      Files.copy(Programs.find("busybox").orElseThrow(), root.resolve("busybox"));
      for (String d : List.of("proc", "sys", "dev", "etc")) Files.createDirectories(side.folder().resolve("tree/" + d));
    }
    c.same("run", "--rm", "--rootfs", "DIR/tree", "rooted", "/bin/busybox", "ls", "/");
    c.same("containers", "ls");
    c.end();
  }

  /** What a runtime cannot make is told by its kind. */
  @Test
  void whatARuntimeRefusesIsOfNoKind() throws Exception {
    Comparison c = in("refused");
    c.pull(image);
    c.same("run", "--rm", "--mount", "type=bind,src=/nosuch,dst=/tmp,options=rbind:ro", image, "mount", "/bin/sh");
    c.same("run", "--rm", "--memory-limit", "1000", image, "memory", "/bin/sh");
    c.same("run", "--rm", "--runc-binary", "/nosuch/runc", image, "binary", "/bin/sh");
    c.same("run", "--rm", "--with-ns", "network:/nosuch", image, "namespace", "/bin/sh");
    c.same("containers", "ls");
    c.end();
  }

  @Test
  void tasksAreStartedAttachedAndKilled() throws Exception {
    Comparison c = in("attach");
    c.pull(image);
    c.same("containers", "create", image, "made", "/bin/sh", "-c", "echo started; exit 9");
    c.same("tasks", "start", "made");
    c.same("tasks", "start", "made");
    c.same("tasks", "checkpoint", "made");
    c.same("tasks", "attach", "made");
    c.same("tasks", "rm", "made");
    c.same("containers", "rm", "made");
    c.same("run", "-d", image, "lines", "/bin/sh", "-c", "trap 'exit 6' TERM; sleep 1; while :; do echo line; usleep 100000; done");
    c.same("tasks", "exec", "--exec-id", "bg", "-d", "--fifo-dir", "DIR/fifo", "lines", "/bin/sleep", "1000");
    c.other("there is no CRIU", "tasks", "checkpoint", "lines");
    c.same("tasks", "kill", "--exec-id", "bg", "-s", "SIGKILL", "lines");
    c.same("tasks", "kill", "--exec-id", "nosuch", "-s", "SIGKILL", "lines");
    for (Ctr side : List.of(c.ours(), c.theirs())) until("the exec ended", () -> side.ok("tasks", "ps", "lines").lines().count() >= 2);
    c.same("tasks", "delete", "--exec-id", "bg", "lines");
    c.same("tasks", "delete", "--exec-id", "bg", "lines");
    try (Running theirs = c.begin(c.theirs(), "tasks", "attach", "lines"); Running ours = c.begin(c.ours(), "tasks", "attach", "lines")) {
      theirs.until("line");
      ours.until("line");
      c.same("tasks", "exec", "--exec-id", "beside", "lines", "/bin/true"); // one that is cut off by the end leaves ctr's FIFOs
      c.same("tasks", "kill", "-s", "SIGTERM", "lines");
      c.differ("tasks attach", new Answer(theirs.end().code(), "", ""), new Answer(ours.end().code(), "", ""));
    }
    c.same("tasks", "ls");
    c.same("tasks", "rm", "lines");
    c.same("containers", "rm", "lines");
    c.same("run", "-d", image, "many", "/bin/sh", "-c", "sleep 1000 & sleep 1000 & wait");
    c.same("tasks", "kill", "-a", "-s", "SIGKILL", "many");
    for (Ctr side : List.of(c.ours(), c.theirs())) until("it stopped", () -> side.ok("tasks", "ls").contains("STOPPED"));
    c.same("tasks", "rm", "many");
    c.same("containers", "rm", "many");
    c.end();
  }

  @Test
  void aTerminalIsTheUsers() throws Exception {
    Comparison c = in("terminal");
    c.pull(image);
    for (Ctr side : List.of(c.ours(), c.theirs())) {
      try (Tty tty = new Tty(101, 31, side.command(List.of("run", "-t", "--rm", image, "term", "/bin/sh")))) {
        tty.until("# ").type("stty size\r").until("31 101").until("# ");
        tty.resize(120, 40).type("while [ \"$(stty size)\" != '40 120' ]; do usleep 50000; done; echo resized\r").until("\nresized");
        tty.until("# ").type("exit 3\r");
        assertEquals(3, tty.exit(), tty.all());
      }
    }
    c.same("containers", "ls");
    c.end();
  }

  /** As that of a program without a window, which tells a size of 0 by 0. */
  @Test
  void aTerminalOfNoSizeIsNoError() throws Exception {
    Comparison c = in("nosize");
    c.pull(image);
    for (Ctr side : List.of(c.ours(), c.theirs())) {
      try (Tty tty = new Tty(0, 0, side.command(List.of("run", "-t", "--rm", image, "term", "/bin/sleep", "3")))) {
        assertEquals(0, tty.exit(), tty.all());
        assertEquals("", tty.all(), "ctr tells what was refused");
      }
    }
    c.end();
  }

  @Test
  void eventsAreTold() throws Exception {
    Comparison c = in("events");
    try (Running theirs = c.begin(c.theirs(), "events"); Running ours = c.begin(c.ours(), "events")) {
      c.same("namespaces", "create", c.ours().namespace() + "x");
      until("both are heard", () -> {
        c.same("namespaces", "label", c.ours().namespace() + "x", "a=b");
        return ours.text().contains("/namespaces/update") && theirs.text().contains("/namespaces/update");
      });
      c.pull(image);
      c.same("run", "--rm", image, "one", "/bin/sh", "-c", "exit 3");
      c.same("run", "-d", image, "two", "/bin/sleep", "1000");
      c.same("tasks", "exec", "--exec-id", "e", "two", "/bin/echo", "in");
      c.same("tasks", "pause", "two");
      c.same("tasks", "resume", "two");
      c.same("containers", "label", "two", "a=b");
      c.same("tasks", "rm", "-f", "two");
      c.same("containers", "rm", "two");
      c.same("images", "label", image, "a=b");
      c.same("images", "tag", image, "example.com/x:1");
      c.same("images", "rm", image);
      c.same("snapshots", "prepare", "s");
      c.same("snapshots", "commit", "t", "s");
      c.same("snapshots", "rm", "t");
      c.same("images", "rm", "example.com/x:1");
      for (Running r : List.of(ours, theirs)) r.until("/images/delete {\"name\":\"example.com/x:1\"}");
      // of a namespace: theirs are in that of the call, ours in the one it is about
      assertEquals(events(theirs, c.theirs()), events(ours, c.ours()));
    }
    c.end();
  }

  @Test
  void killsForWantOfMemoryAreTold() throws Exception {
    Comparison c = in("oom");
    c.pull(image);
    try (Running theirs = c.begin(c.theirs(), "events"); Running ours = c.begin(c.ours(), "events")) {
      until("both are heard", () -> {
        c.same("namespaces", "label", c.ours().namespace(), "a=b");
        return ours.text().contains("/namespaces/update") && theirs.text().contains("/namespaces/update");
      });
      String eats = "x=x; while :; do x=$x$x; done";
      c.same("run", "--rm", "--memory-limit", LIMIT, image, "first", "/bin/sh", "-c", "sleep 1; " + eats);
      c.same("run", "--rm", "--memory-limit", LIMIT, image, "child", "/bin/sh", "-c", "sleep 1; (" + eats + "); sleep 1; exit 3");
      c.same("run", "-d", "--memory-limit", LIMIT, image, "added", "/bin/sleep", "1000");
      c.same("tasks", "exec", "--exec-id", "e", "added", "/bin/sh", "-c", eats);
      c.same("tasks", "rm", "-f", "added");
      c.same("run", "--rm", image, "killed", "/bin/sh", "-c", "kill -9 $$");
      c.same("containers", "rm", "added");
      for (Running r : List.of(ours, theirs)) r.until("/containers/delete {\"id\":\"added\"}");
      // theirs come by two ways, and a kill may be told a moment after the end
      String expected = events(theirs, c.theirs()).replaceAll("(?m)^(.* /tasks/exit .*\n)(.* /tasks/oom .*\n)", "$2$1");
      assertEquals(expected, events(ours, c.ours()));
      assertEquals(3, ours.text().lines().filter(l -> l.contains(" /tasks/oom ")).count(), ours.text());
    }
    c.end();
  }

  /** Without what is each side's own: below which folder it has its bundles, and where its trees. */
  private static String events(Running r, Ctr side) throws Exception {
    String all = r.text().lines().filter(l -> l.contains(" " + side.namespace() + " ") && !l.contains(" /namespaces/")).reduce("",
        (a, b) -> a + b + "\n");
    return Comparison.byKind(all, side).replaceAll("\"bundle\":\"DIR/[^\"]*(/[^\"/]*/[^\"/]*)\"", "\"bundle\":\"DIR$1\"")
        .replaceAll("\"rootfs\":\\[.*?\\}\\]", "\"rootfs\":[]");
  }

  @Test
  void infoOfContainersIsTheSame() throws Exception {
    Comparison c = in("info");
    c.pull(image);
    c.same("containers", "create", "--label", "a=b", "--label", "c=d", "--env", "X=y", image, "one", "/bin/sleep", "7");
    c.same("containers", "create", "--runc-binary", "/nosuch/runc", "--runc-root", "/nosuch", "--runc-systemd-cgroup", image, "two");
    c.same("containers", "create", "--snapshotter", "native", "--memory-limit", "67108864", "--cpus", "0.5", "--tty", image, "three");
    c.same("containers", "create", "--privileged", "--annotation", "k=v", "--device", "/dev/null", image, "four");
    for (String id : List.of("one", "two", "three", "four")) {
      c.same("containers", "info", id);
      c.same("containers", "info", "--spec", id);
    }
    c.same("run", "-d", "--label", "run=it", image, "five", "/bin/sleep", "1000");
    c.same("containers", "info", "five");
    c.same("containers", "label", "five", "run=");
    c.same("containers", "info", "five");
    c.same("containers", "ls");
    c.same("tasks", "rm", "-f", "five");
    c.same("containers", "rm", "five");
    c.end();
  }
}
