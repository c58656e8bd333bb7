package io.gantry.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.WritableByteChannel;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.CommandSessionImpl;
import org.apache.felix.service.command.CommandProcessor;

/**
 * A session of Gogo for many lines. Gogo's own (1.1.6) gives its scripts channels of java.nio over the user's streams: Ctrl-C during a pipe
 * closes those, streams and all, for every later line. The keys are the prompt's: a script reads what comes through a pipe.
 */
final class Session extends CommandSessionImpl {
  Session(CommandProcessor processor, PrintStream out) {
    super((CommandProcessorImpl) processor, InputStream.nullInputStream(), out, out);
    var shown = new Shown(out);
    channels = new Channel[] {channels[0], shown, shown};
  }

  private record Shown(PrintStream to) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer from) {
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      // the line of an interrupted pipe has ended, and the prompt may be there already
      if (!Thread.currentThread().isInterrupted()) to.write(bytes, 0, bytes.length);
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      to.flush();
    }
  }
}
