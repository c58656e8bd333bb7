package io.gantry.service.task;

import io.gantry.spi.runtime.TaskState.Exit;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/** The streams of a process; core's own objects. They end with the process. */
@ProviderType
public interface Attached extends Closeable {
  /** Its standard input; closing it ends the input. */
  OutputStream stdin() throws IOException;

  InputStream stdout() throws IOException;

  /** Empty for a terminal. */
  InputStream stderr() throws IOException;

  /** Sets the size of its terminal, which begins with that of the request; changes nothing where it has none. */
  void resize(int columns, int rows) throws IOException;

  /** Sends this process a signal by its number. @throws io.gantry.api.ConflictException it has ended */
  void signal(int number) throws IOException;

  /** Blocks until it ends; interruption ends the waiting. */
  Exit await() throws IOException;

  /** Lets go of the streams; the process goes on. */
  @Override
  void close() throws IOException;
}
