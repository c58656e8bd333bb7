package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** A runtime that gives processes a terminal. */
@ConsumerType
public interface Terminal {
  void resize(TaskId id, int columns, int rows) throws IOException;

  /** Ends the process' standard input. */
  void closeInput(TaskId id) throws IOException;
}
