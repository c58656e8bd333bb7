package io.gantry.runtime.shim;

import io.gantry.spi.runtime.TaskId;

/** What the steps of a short run take; {@code main}, not a test. */
final class Timing {
  private Timing() {}

  public static void main(String[] args) throws Exception {
    try (Box box = Box.open()) {
      for (int i = 0; i < 10; i++) {
        Shim driver = box.driver();
        TaskId id = box.id("t" + i);
        long a = System.nanoTime();
        driver.create(box.spec(id, box.toFile("log"), "/bin/true"));
        long b = System.nanoTime();
        driver.start(id);
        long c = System.nanoTime();
        while (driver.state(id).exit().isEmpty()) Thread.sleep(1);
        long d = System.nanoTime();
        driver.state(id);
        long e = System.nanoTime();
        driver.delete(id);
        long f = System.nanoTime();
        System.out.printf("create %d start %d exit %d state %d us delete %d ms%n", (b - a) / 1000000, (c - b) / 1000000, (d - c) / 1000000,
            (e - d) / 1000, (f - e) / 1000000);
      }
    }
  }
}
