package io.gantry.transfer;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Source;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Loan;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The bytes of one blob from a registry, as a source that mends itself: a broken connection, a driver that is replaced, a registry that
 * wants us to wait all end in another body from the byte where the last one stopped. A body is read while its driver is borrowed, on the
 * driver's thread.
 */
final class Fetch implements Source, Closeable {
  private final Drivers drivers;
  private final DriverRef resolver;
  private final Scope scope;
  private final Registries registries;
  private final Resolved image;
  private final Descriptor blob;
  private final Access access;
  private final LongAdder fetched;
  private final LongConsumer progress;
  private volatile String from = "";
  private volatile IOException failure;
  private Pump pump;

  /**
   * @param fetched counts what is read from bodies
   * @param progress is told the position of the reader
   */
  Fetch(Registries registries, Scope scope, Resolved image, Descriptor blob, LongAdder fetched, LongConsumer progress) {
    this.drivers = registries.drivers();
    this.resolver = registries.resolver(image.reference());
    this.registries = registries;
    this.access = registries.access(scope);
    this.scope = scope;
    this.image = image;
    this.blob = blob;
    this.fetched = fetched;
    this.progress = progress;
  }

  /** The host that sent last; empty before. */
  String from() {
    return from;
  }

  /** Whether it gave up. */
  boolean failed() {
    return failure != null;
  }

  /** What it gave up for, told again to whoever opens it once more. */
  @Override
  public synchronized InputStream open(long offset) throws IOException {
    if (failure != null) throw failure;
    close();
    pump = new Pump(offset);
    pump.thread.start();
    return new FilterInputStream(pump.pipe) {
      private long at = offset;

      @Override
      public int read(byte[] into, int start, int length) throws IOException {
        int n = super.read(into, start, length);
        if (n > 0) progress.accept(at += n);
        return n;
      }
    };
  }

  /** Ends the body that is open, wherever its thread waits. */
  @Override
  public synchronized void close() throws IOException {
    if (pump == null) return;
    Pump old = pump;
    pump = null;
    old.pipe.close();
    old.thread.interrupt();
    boolean interrupted = Thread.interrupted();
    try {
      old.thread.join();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  /** Body after body into one pipe. */
  private final class Pump {
    final Pipe pipe = new Pipe();
    final Thread thread = Thread.ofVirtual().name("fetch-" + blob.digest().shortHex()).unstarted(this::run);
    private volatile long at;

    Pump(long offset) {
      at = offset;
    }

    private void run() {
      Retries retries = new Retries(registries, scope.deadline());
      try {
        while (at < blob.size() && !pipe.isClosed()) {
          long before = at;
          try {
            drivers.yielding(Resolver.class, resolver, scope, (b, loan) -> drain(b.driver(), loan));
          } catch (IOException e) {
            if (at > before) retries.progress();
            if (!pipe.isClosed()) retries.pause(e);
          }
        }
        pipe.end();
      } catch (IOException e) {
        failure = e;
        pipe.fail(e);
      } catch (RuntimeException | Error e) {
        failure = new IOException("fetching " + blob.digest() + " failed: " + e, e);
        pipe.fail(failure);
      }
    }

    /** One body, as far as it goes; run again by the lender it goes on where it stands. */
    private Boolean drain(Resolver driver, Loan loan) throws IOException {
      if (at >= blob.size() || pipe.isClosed()) return true;
      try (Body body = driver.open(image, blob, at, access)) {
        if (!pipe.attach(body)) return true;
        from = body.source();
        if (!read(body, loan)) return true;
        if (at == blob.size() && body.stream().read() >= 0) { // asks for the end, too, which lets the connection be used again
          throw new CorruptException(from + " sends more of " + blob.digest() + " than there is", blob.size() + " bytes", "more");
        }
        return true;
      } finally {
        pipe.attach(null);
      }
    }

    /** As far as it goes; false where nobody wants it any more. */
    private boolean read(Body body, Loan loan) throws IOException {
      try {
        skip(body);
        while (at < blob.size() && !loan.cut()) {
          int n = pipe.pour(body.stream(), blob.size() - at, loan::cut);
          if (n < 0) throw new IOException(from + " ended " + blob.digest() + " after " + at + " of " + blob.size() + " bytes");
          if (n == 0 && pipe.isClosed()) return false;
          fetched.add(n);
          at += n;
        }
        return true;
      } catch (UnavailableException e) { // a body knows its host alone
        throw new UnavailableException("pulling " + image.reference() + ": fetching " + blob.digest() + " stopped at byte " + at + " of "
            + blob.size() + ": " + e.getMessage(), e.retryAfter(), e);
      }
    }

    /** Where the other side cannot start in the middle. */
    private void skip(Body body) throws IOException {
      if (body.offset() > at) throw new IOException(from + " starts " + blob.digest() + " at " + body.offset() + ", asked for " + at);
      byte[] waste = new byte[64 << 10];
      for (long left = at - body.offset(); left > 0; ) {
        int n = body.stream().read(waste, 0, (int) Math.min(left, waste.length));
        if (n < 0) throw new IOException(from + " ended " + blob.digest() + " before byte " + at);
        fetched.add(n);
        left -= n;
      }
    }
  }
}
