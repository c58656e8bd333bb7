package io.gantry.oci.content;

import io.gantry.api.ConflictException;
import io.gantry.api.GantryException;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Pauses;
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
public final class Copy {
  private static final int BUFFER = 256 * 1024;
  private static final int TRIES = 5;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private Copy() {}

  /**
   * Until the writer's total is there, or the source ends.
   *
   * @param least bytes of each write but the last, where each costs as much as a message
   * @throws IOException what source or writer fail with, where that is final, came too often in a row, or the pauses have ended
   */
  public static void all(Writer writer, Source source, int least, Pauses pauses) throws IOException {
    int failures = 0;
    while (true) {
      long before = writer.status().offset();
      try {
        if (complete(writer.status())) return;
        once(writer, source, before, least);
        Status after = writer.status();
        if (after.total().isEmpty() || complete(after)) return;
        throw new IOException("write '" + after.ref() + "': the source ended at " + after.offset() + " of " + after.total().getAsLong()
            + " bytes");
      } catch (IOException e) {
        if (hopeless(e)) throw e;
        failures = writer.status().offset() > before ? 1 : failures + 1;
        if (failures > TRIES || !pauses.pause(pause(e, failures), "to go on with the write")) throw e;
      }
    }
  }

  private static void once(Writer writer, Source source, long offset, int least) throws IOException {
    byte[] bytes = new byte[Math.max(BUFFER, least)];
    try (InputStream in = source.open(offset)) {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (n < least) n += in.readNBytes(bytes, n, least - n);
        writer.write(ByteBuffer.wrap(bytes, 0, n));
      }
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
