package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Report REPORT = new Report(Map.of("rounds", "3"), List.of(
      new Result(Measure.LARGE, timed(4, 5, 4.5), timed(10, 9, 20)),
      new Result(Measure.RUN, timed(0.6), timed(0.5)),
      new Result(Measure.LARGE_FIRST, timed(2), timed(1)),
      new Result(Measure.IDLE_RSS, plain(130), plain(50))));

  private static List<Sample> timed(double... values) {
    return Arrays.stream(values).mapToObj(v -> new Sample(v, OptionalDouble.of(v / 2))).toList();
  }

  private static List<Sample> plain(double... values) {
    return Arrays.stream(values).mapToObj(v -> new Sample(v, OptionalDouble.empty())).toList();
  }

  @Test
  void table() {
    assertEquals("""
        measure             gantry  containerd  ratio  cpu gantry  cpu containerd  cpu ratio      goal  reached
        large-image        4.500 s    10.000 s   0.45     2.250 s         5.000 s       0.45   ≤ 0.5 x      yes
        run-true           0.600 s     0.500 s   1.20     0.300 s         0.250 s       1.20   ≤ 1.1 x       no
        large-image-first  2.000 s     1.000 s   2.00     1.000 s         0.500 s       2.00         -        -
        idle-memory         130 MB       50 MB   2.60           -               -          -  ≤ 130 MB      yes
        """, REPORT.table());
  }

  @Test
  void json() throws IOException {
    var mapper = new ObjectMapper();
    assertEquals(mapper.readTree("""
        {"setting": {"rounds": "3"}, "measures": {
          "large-image": {"unit": "s", "gantry": 4.5, "containerd": 10.0, "ratio": 0.45, "goal": "≤ 0.5 x", "reached": true,
            "cpu": {"gantry": 2.25, "containerd": 5.0, "ratio": 0.45},
            "samples": {"gantry": [4.0, 5.0, 4.5], "containerd": [10.0, 9.0, 20.0]}},
          "run-true": {"unit": "s", "gantry": 0.6, "containerd": 0.5, "ratio": 1.2, "goal": "≤ 1.1 x", "reached": false,
            "cpu": {"gantry": 0.3, "containerd": 0.25, "ratio": 1.2}, "samples": {"gantry": [0.6], "containerd": [0.5]}},
          "large-image-first": {"unit": "s", "gantry": 2.0, "containerd": 1.0, "ratio": 2.0, "goal": null, "reached": null,
            "cpu": {"gantry": 1.0, "containerd": 0.5, "ratio": 2.0}, "samples": {"gantry": [2.0], "containerd": [1.0]}},
          "idle-memory": {"unit": "MB", "gantry": 130.0, "containerd": 50.0, "ratio": 2.6, "goal": "≤ 130 MB", "reached": true,
            "cpu": {"gantry": null, "containerd": null, "ratio": null}, "samples": {"gantry": [130.0], "containerd": [50.0]}}}}
        """), mapper.readTree(REPORT.json()));
  }
}
