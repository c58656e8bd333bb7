package io.gantry.runtime.shim;

import io.gantry.spi.runtime.TaskId;
import java.time.Duration;

/** A manager for the tests: starts two containers, says so, and waits to be killed. */
final class StartedByAnother {
  private StartedByAnother() {}

  /** @param args of {@link Box#manager} */
  public static void main(String[] args) throws Exception {
    Box box = Box.of(args);
    Shim driver = box.driver();
    TaskId ends = box.id("ends");
    driver.create(box.spec(ends, box.toFile("ends"), "/bin/sh", "-c", "sleep 1; exit 9"));
    driver.start(ends);
    TaskId stays = box.id("stays");
    driver.create(box.spec(stays, box.toFile("stays"), "/bin/sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; sleep 0.01; done"));
    driver.start(stays);
    System.out.println("started");
    Thread.sleep(Duration.ofMinutes(5));
  }
}
