package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;

import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.tasks.TaskRow.Given;
import io.gantry.tasks.TaskRow.Phase;
import java.nio.file.Path;
import java.util.Optional;

/** A manager that is to be killed. */
final class Killed {
  /** Waits for a file, and then writes more than pipes hold, to both streams. */
  private static final String MUCH =
      waits("go") + "yes out | head -c 3000000; yes err | head -c 2000000 >&2; ";

  private Killed() {}

  private static String waits(String file) {
    return "while [ ! -e /tmp/" + file + " ]; do sleep 0.05; done; ";
  }

  /** @param args the folder, and what goes on: {@code attached} or {@code steps} */
  public static void main(String[] args) throws Exception {
    Host host = new Host(Path.of(args[0]));
    if (args[1].equals("steps")) steps(host, new Client(Path.of(args[0], "client")));
    else attached(host);
    System.out.println("started");
    System.out.flush();
    Thread.sleep(600_000);
  }

  /** It is attached to processes that have much to say yet. */
  private static void attached(Host host) throws Exception {
    host.tasks.runAttached(SCOPE, Host.script("attached", MUCH + "exit 4"));
    host.tasks.run(SCOPE, Host.script("host", "sleep 1000"));
    host.tasks.exec(SCOPE, Host.exec("host", "writes", MUCH + "echo done > /tmp/done; sleep 1000"));
    host.tasks.exec(SCOPE, Host.exec("host", "ends", waits("end") + "exit 0"));
    host.tasks.run(SCOPE, Host.script("ends", waits("end") + "echo last words >&2; exit 9"));
  }

  /** Its clients are at each step of tasks. */
  private static void steps(Host host, Client client) throws Exception {
    client.create(host, "made", Stdio.NONE, "/bin/sh", "-c", "exit 6");

    var stdio = new Stdio(client.path("in").toString(), client.path("out").toString(), "file:///dev/null", false);
    client.create(host, "runs", stdio, "/bin/sh", "-c", "cat; exit 4");
    host.tasks.start(SCOPE, ProcessRef.first("runs"));
    for (String exec : new String[] {"runs", "ends", "made"}) {
      var ref = new ProcessRef("runs", exec);
      host.tasks.add(SCOPE, ref, Client.added(false, "/bin/sh", "-c", exec.equals("ends") ? waits("end") + "exit 8" : "sleep 1000"),
          Stdio.NONE);
      if (!exec.equals("made")) host.tasks.start(SCOPE, ref);
    }

    // between a step of the driver and what is written down of it
    host.containers.create(SCOPE, client.record("half", false, "/bin/sleep", "1000"));
    TaskId half = TaskId.of(SCOPE.namespace(), "half");
    host.table.change(SCOPE, TaskRow.creating(half, new Given(Stdio.NONE, Host.RUNTIME)).write());
    var driver = new RuntimeDriver(host.parts.drivers(), SCOPE, Host.RUNTIME);
    driver.create(new TaskSpec(half, client.record("half", false, "/bin/sleep", "1000").spec(), client.request("half", Stdio.NONE).rootfs(),
        Stdio.NONE, Optional.empty()));
    client.create(host, "starting", Stdio.NONE, "/bin/sleep", "1000");
    host.table.change(SCOPE, TaskRow.find(host.table, SCOPE, "starting").orElseThrow().in(Phase.STARTING).write());
    driver.start(TaskId.of(SCOPE.namespace(), "starting"));
    client.create(host, "lost", Stdio.NONE, "/bin/sleep", "1000");
    host.tasks.start(SCOPE, ProcessRef.first("lost"));
    host.containers.remove(SCOPE, "lost");
    client.create(host, "ends", Stdio.NONE, "/bin/sh", "-c", waits("end") + "exit 9");
    host.tasks.start(SCOPE, ProcessRef.first("ends"));
  }
}
