package io.gantry.service.driver;

import org.osgi.annotation.versioning.ProviderType;

/** A yielding borrow at work: asks whether the driver is wanted back. */
@ProviderType
public interface Loan {
  /** Whether a promotion waits; the work should stop soon by an IOException and be done again. */
  boolean cut();

  /**
   * Runs something when the borrow is cut, at once where it was already: for work that waits for bytes and cannot look at {@link #cut},
   * such as closing the stream it reads. It runs on a thread of its own, once; the last one given counts.
   */
  void onCut(Runnable wake);
}
