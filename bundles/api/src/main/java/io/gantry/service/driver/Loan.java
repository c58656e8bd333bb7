package io.gantry.service.driver;

import org.osgi.annotation.versioning.ProviderType;

/** A yielding borrow at work: asks whether the driver is wanted back. */
@ProviderType
public interface Loan {
  /** Whether a promotion waits; the work should stop soon by an IOException and be done again. */
  boolean cut();
}
