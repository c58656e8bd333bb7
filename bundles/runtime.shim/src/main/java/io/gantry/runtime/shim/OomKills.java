package io.gantry.runtime.shim;

import io.gantry.api.Typed;
import java.io.IOException;

/** How many processes were killed for want of memory, in what a shim tells of a cgroup; of both versions of cgroups. */
final class OomKills {
  private OomKills() {}

  /** @return 0 where it does not tell */
  static long of(Typed metrics) throws IOException {
    return switch (metrics.typeUrl()) {
      case "io.containerd.cgroups.v1.Metrics" -> number(metrics.value(), 9, 3); // memory_oom_control.oom_kill
      case "io.containerd.cgroups.v2.Metrics" -> number(metrics.value(), 8, 5); // memory_events.oom_kill
      default -> 0;
    };
  }

  private static long number(byte[] metrics, int part, int field) throws IOException {
    long number = 0;
    for (ProtoReader r = new ProtoReader(metrics, "what a shim counts"); r.next(); ) {
      if (r.field() != part) continue;
      for (ProtoReader p = r.message(); p.next(); ) if (p.field() == field) number = p.number();
    }
    return number;
  }
}
