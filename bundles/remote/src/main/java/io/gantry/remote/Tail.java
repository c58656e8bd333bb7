package io.gantry.remote;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A blob that is still being written: waits until it is one, and reads it then. Looks at its write meanwhile, so that one that stands
 * still, is truncated or goes away is told.
 */
final class Tail extends InputStream {
  private static final Duration LOOK = Duration.ofMillis(50);
  private final Contents contents;
  private final Scope scope;
  private final String ref;
  private final Digest digest;
  private final Duration stalled;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile InputStream blob;

  Tail(Contents contents, Scope scope, String ref, Digest digest, Duration stalled) {
    this.contents = contents;
    this.scope = scope;
    this.ref = ref;
    this.digest = digest;
    this.stalled = stalled;
  }

  @Override
  public int read() throws IOException {
    return blob().read();
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    return blob().read(into, offset, length);
  }

  @Override
  public int available() throws IOException {
    return blob == null ? 0 : blob.available();
  }

  private InputStream blob() throws IOException {
    if (closed.getCount() == 0) throw ended();
    if (blob == null) blob = found();
    return blob;
  }

  private InputStream found() throws IOException {
    long bytes = 0;
    long since = System.nanoTime();
    while (true) {
      Optional<Status> write = contents.status(scope, ref);
      Optional<Info> there = contents.find(scope, digest); // asked second: a write that just ended is found
      if (there.isPresent()) return contents.reader(scope, digest).stream(0);
      long now = write.map(Status::offset).orElse(0L);
      if (now < bytes) throw new UnavailableException("write '" + ref + "' was truncated or aborted while it was followed");
      if (now > bytes) since = System.nanoTime();
      bytes = now;
      if (System.nanoTime() - since > stalled.toNanos()) {
        throw new UnavailableException("write '" + ref + "' stands at " + bytes + " bytes for " + stalled.toSeconds() + " s");
      }
      await();
    }
  }

  private void await() throws IOException {
    try {
      if (closed.await(LOOK.toNanos(), TimeUnit.NANOSECONDS)) throw ended();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("following write '" + ref + "' was interrupted");
    }
  }

  private IOException ended() {
    return new IOException("following write '" + ref + "' was ended by its reader");
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    if (blob != null) blob.close();
  }
}
