package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.image.Packing;
import io.gantry.layer.tar.TarLayer;
import java.io.ByteArrayInputStream;

/** Prints what a small file costs; not a test, run by hand. */
final class SinkCost {
  private SinkCost() {}

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  public static void main(String[] args) throws Exception {
    Layer l = new ManyFiles(1, 10_000, 8_000, 1).build(args.length > 0 && args[0].equals("gzip") ? Packing.gzip() : Packing.plain())
        .getFirst();
    for (int i = 0; i < 6; i++) {
      try (Root r = new Root()) {
        var p = r.folder("t");
        long start = System.nanoTime();
        long cpu = cpu();
        long mine = java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        try (FolderSink sink = new FolderSink(p, Below.NOTHING)) {
          TarLayer.ofDefaults().apply(Descriptor.of("x/y", l.digest(), l.blob().length), new ByteArrayInputStream(l.blob()), Sinks.OPEN,
              sink);
          sink.finish();
        }
        System.out.printf("%d ms; per file %.3f ms of CPU, %.3f of it on the creating thread%n", (System.nanoTime() - start) / 1_000_000,
            (cpu() - cpu) / 1e6 / 10_000, (java.lang.management.ManagementFactory.getThreadMXBean()
            .getCurrentThreadCpuTime() - mine) / 1e6 / 10_000);
      }
    }
  }
}
