package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static Metrics parse(String type, String hex) throws IOException {
    return Metrics.parse(new Typed(type, HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  @Test
  void bothFormsOfCgroupsAreRead() throws Exception {
    // pids.current 3; cpu.usage.total 300; memory.usage limit 1024, usage 512
    assertEquals(new Metrics(Duration.ofNanos(300), 512, OptionalLong.of(1024), 3),
        parse("io.containerd.cgroups.v1.Metrics", "12 02 08 03  1a 05 0a 03 08 ac 02  22 09 8a 02 06 08 80 08 10 80 04"));
    // pids.current 3; cpu.usage_usec 300; memory.usage 512, limit none
    assertEquals(new Metrics(Duration.ofNanos(300_000), 512, OptionalLong.empty(), 3), parse("types.x/io.containerd.cgroups.v2.Metrics",
        "0a 02 08 03  12 03 08 ac 02  22 10 80 02 80 04  88 02 ff ff ff ff ff ff ff ff ff 01"));
    assertEquals(new Metrics(Duration.ZERO, 0, OptionalLong.empty(), 0), parse("io.containerd.cgroups.v2.Metrics", ""));
  }

  @Test
  void whatIsNeitherIsToldSo() {
    assertThrows(UnsupportedException.class, () -> parse("example.com.Stats", ""));
    for (String cut : new String[] {"12", "12 05 08", "0b", "12 ff ff ff ff ff ff ff ff ff ff ff"}) {
      assertThrows(IOException.class, () -> parse("io.containerd.cgroups.v1.Metrics", cut), cut);
    }
  }
}
