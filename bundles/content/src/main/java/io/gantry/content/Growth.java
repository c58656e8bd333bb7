package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.spi.content.IngestKey;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;

/**
 * How one ingest grows, as its writer tells those who read it meanwhile. The monitor guards all fields and is held for no call of a
 * driver.
 */
final class Growth {
  private IngestKey key;
  private long bytes;
  private Digest committed;
  private String gone = "";
  private long changes;

  /** What a reader saw: whether there is news since, {@link #changed} tells. */
  record Seen(Optional<IngestKey> key, long bytes, Optional<Digest> committed, long changes) {}

  synchronized void at(IngestKey holder, long offset) {
    key = holder;
    bytes = offset;
    changed();
  }

  synchronized void committed(Digest digest) {
    committed = digest;
    changed();
  }

  /** The bytes were thrown away; who read them must not go on. */
  synchronized void gone(String why) {
    gone = why;
    changed();
  }

  /** Has all who wait look again. */
  synchronized void wake() {
    changed();
  }

  private void changed() {
    changes++;
    notifyAll();
  }

  /** @throws UnavailableException the bytes were thrown away; a write that is begun anew can be followed anew */
  synchronized Seen look() throws UnavailableException {
    if (!gone.isEmpty()) throw new UnavailableException(gone);
    return new Seen(Optional.ofNullable(key), bytes, Optional.ofNullable(committed), changes);
  }

  /**
   * Waits for something newer than what was seen.
   *
   * @throws UnavailableException nothing came in time
   */
  synchronized void changed(Seen seen, Duration stalled, String ref) throws IOException {
    long end = System.nanoTime() + stalled.toNanos();
    try {
      while (changes == seen.changes()) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          throw new UnavailableException("write '" + ref + "' has not grown for " + stalled.toSeconds() + " s; it stands at " + bytes
              + " bytes");
        }
        wait(millis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("following write '" + ref + "' was interrupted");
    }
  }
}
