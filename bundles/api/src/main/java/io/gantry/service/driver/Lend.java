package io.gantry.service.driver;

/** How a driver is borrowed. */
public enum Lend {
  /** For milliseconds; a promotion waits for it. */
  SHORT,
  /** For as long as a layer takes; a promotion of an exclusive kind cuts it ({@link Loan#cut}), and what was cut twice is let finish. */
  YIELDING
}
