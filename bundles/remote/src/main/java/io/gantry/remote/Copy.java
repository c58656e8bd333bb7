package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.GantryException;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Source;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;

/** Copies a source to a writer, beginning again at the offset after each break, as long as there is progress. */
final class Copy {
  private static final int BUFFER = 1 << 20;
  private static final int TRIES = 5;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private Copy() {}

  static void all(Writer writer, Source source, Patience patience) throws IOException {
    int failures = 0;
    while (true) {
      long before = writer.status().offset();
      try {
        if (complete(writer.status())) return;
        once(writer, source, before);
        Status after = writer.status();
        if (after.total().isEmpty() || complete(after)) return;
        throw new IOException("write '" + after.ref() + "': the source ended at " + after.offset() + " of " + after.total().getAsLong()
            + " bytes");
      } catch (IOException e) {
        if (hopeless(e)) throw e;
        failures = writer.status().offset() > before ? 1 : failures + 1;
        if (failures > TRIES || !patience.pause(pause(e, failures))) throw e;
      }
    }
  }

  /** Buffers are filled, so that each is one message. */
  private static void once(Writer writer, Source source, long offset) throws IOException {
    byte[] bytes = new byte[BUFFER];
    try (InputStream in = source.open(offset)) {
      for (int n = in.readNBytes(bytes, 0, BUFFER); n > 0; n = in.readNBytes(bytes, 0, BUFFER)) writer.write(ByteBuffer.wrap(bytes, 0, n));
    }
  }

  private static boolean complete(Status s) {
    return s.total().isPresent() && s.offset() == s.total().getAsLong();
  }

  /** What a second try cannot change. */
  private static boolean hopeless(IOException e) {
    if (e instanceof InterruptedIOException && !(e instanceof java.net.SocketTimeoutException) || e instanceof ClosedByInterruptException) {
      return true;
    }
    return e instanceof GantryException && !(e instanceof UnavailableException) && !(e instanceof ConflictException);
  }

  private static Duration pause(IOException e, int failures) {
    Duration asked = e instanceof UnavailableException u ? u.retryAfter() : Duration.ZERO;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << failures - 1);
    if (asked.compareTo(pause) > 0) pause = asked;
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }
}
