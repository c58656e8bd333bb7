package io.gantry.gc;

import io.gantry.api.Scope;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Drivers that are asked for once all is marked and nothing is removed: what is done then comes between. */
final class Hooked extends LentDrivers {
  /** Something done in between. */
  interface Between {
    void run() throws Exception;
  }

  private final AtomicReference<Between> once = new AtomicReference<>();
  final AtomicInteger collections = new AtomicInteger();

  /** At the next collection, between mark and sweep. */
  void between(Between what) {
    once.set(what);
  }

  @Override
  public List<DriverRef> of(Scope scope, String kind) {
    if (kind.equals(Snapshotter.KIND)) {
      collections.incrementAndGet();
      Between b = once.getAndSet(null);
      try {
        if (b != null) b.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return super.of(scope, kind);
  }
}
