package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CpuGroupTest {
  private static final String V1 = "36 25 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:16 - cgroup cgroup rw,cpu,cpuacct";
  private static final String V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
  private static final String OTHER = "37 25 0:32 / /sys/fs/cgroup/memory rw shared:17 - cgroup cgroup rw,memory";

  @Test
  void firstVersion() {
    assertEquals(Optional.of(Path.of("/sys/fs/cgroup/cpu,cpuacct/user.slice")),
        CpuGroup.origin(false, List.of(OTHER, V1), List.of("5:memory:/a", "4:cpu,cpuacct:/user.slice", "0::/")));
  }

  @Test
  void rootOfTheHierarchy() {
    assertEquals(Optional.of(Path.of("/sys/fs/cgroup/cpu,cpuacct")), CpuGroup.origin(false, List.of(V1), List.of("4:cpuacct,cpu:/")));
  }

  @Test
  void secondVersion() {
    assertEquals(Optional.of(Path.of("/sys/fs/cgroup/user.slice/a:b")), CpuGroup.origin(true, List.of(V2), List.of("0::/user.slice/a:b")));
    assertEquals(Optional.empty(), CpuGroup.origin(false, List.of(V2), List.of("0::/user.slice")));
  }

  @Test
  void none() {
    assertEquals(Optional.empty(), CpuGroup.origin(true, List.of(OTHER), List.of("0::/")));
    assertEquals(Optional.empty(), CpuGroup.origin(false, List.of(OTHER), List.of("5:memory:/a")));
  }
}
