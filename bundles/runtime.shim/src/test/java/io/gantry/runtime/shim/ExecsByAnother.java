package io.gantry.runtime.shim;

import io.gantry.spi.runtime.TaskId;

/** A manager for the tests: adds one process after the other to a container and removes it, until it is killed. Says each one's id. */
final class ExecsByAnother {
  private ExecsByAnother() {}

  /** @param args of {@link Box#manager} */
  public static void main(String[] args) throws Exception {
    Box box = Box.of(args);
    Shim driver = box.driver();
    for (int i = 0; i < 1_000_000; i++) {
      TaskId exec = box.id("host").withExec("e" + i);
      System.out.println(exec.exec());
      driver.exec(exec, box.process(false, "/bin/true"), box.toFile("exec-log"));
      driver.delete(exec);
    }
  }
}
