package io.gantry.unpack;

import java.util.concurrent.Semaphore;

/**
 * Shares of the processors. Their number may change while some are held: where there are to be fewer, those that are given back first are
 * not given out again. The monitor guards the number, never a wait.
 */
final class Slots extends Semaphore {
  private static final long serialVersionUID = 1;
  private int size;

  Slots(int size) {
    super(size);
    this.size = size;
  }

  synchronized void resize(int to) {
    if (to > size) release(to - size);
    else reducePermits(size - to);
    size = to;
  }
}
