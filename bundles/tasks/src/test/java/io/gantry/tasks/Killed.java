package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;

import java.nio.file.Path;

/** A manager that is to be killed while it is attached to processes that have much to say yet. */
final class Killed {
  /** Waits for a file, and then writes more than pipes hold, to both streams. */
  private static final String MUCH =
      "while [ ! -e /tmp/go ]; do sleep 0.05; done; yes out | head -c 3000000; yes err | head -c 2000000 >&2; ";

  private Killed() {}

  /** @param args the folder */
  public static void main(String[] args) throws Exception {
    Host host = new Host(Path.of(args[0]));
    host.tasks.runAttached(SCOPE, Host.script("attached", MUCH + "exit 4"));
    host.tasks.run(SCOPE, Host.script("host", "sleep 1000"));
    host.tasks.exec(SCOPE, Host.exec("host", "writes", MUCH + "echo done > /tmp/done; sleep 1000"));
    host.tasks.exec(SCOPE, Host.exec("host", "ends", "sleep 0.2"));
    host.tasks.run(SCOPE, Host.script("ends", "sleep 0.5; echo last words >&2; exit 9"));
    System.out.println("started");
    System.out.flush();
    Thread.sleep(600_000);
  }
}
