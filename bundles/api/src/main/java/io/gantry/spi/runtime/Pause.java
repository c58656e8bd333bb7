package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** A runtime that freezes containers. */
@ConsumerType
public interface Pause {
  void pause(TaskId container) throws IOException;

  void resume(TaskId container) throws IOException;
}
