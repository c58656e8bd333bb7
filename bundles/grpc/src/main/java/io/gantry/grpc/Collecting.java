package io.gantry.grpc;

import io.gantry.api.Scope;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Collector;
import java.io.IOException;

/** A collection for which a client waits: what it took away is not read any more when the client is answered. */
final class Collecting {
  private final Collector collector;
  private final ReadAhead ahead;

  Collecting(Collector collector, ReadAhead ahead) {
    this.collector = collector;
    this.ahead = ahead;
  }

  /** @throws IOException as the collector throws it; what may be gone by then is not read any more either */
  void now(Scope scope) throws IOException {
    try {
      collector.collect(scope, CollectRequest.defaults());
    } finally {
      ahead.forgetAll();
    }
  }
}
