package io.gantry.commands.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.commands.Golden;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Collector;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kept;
import io.gantry.service.gc.Report.Kind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GcTest {
  private static final Report REPORT = new Report(List.of(new Gone(Kind.IMAGE, "default", "straße\u001b[31m", 0), new Gone(Kind.SNAPSHOT,
      "k8s.io", "overlayfs/a b", 2048), new Gone(Kind.CONTENT, "", "sha256:00", 1_048_576)), List.of("blobs in 'far': its driver is away"),
      List.of(new Kept("default", "resume-1", Optional.of(Instant.parse("2026-11-30T10:00:00Z"))),
      new Kept("k8s.io", "b", Optional.empty())),
      Duration.ofMillis(42));
  private final List<CollectRequest> asked = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Gc verb = new Gc();

  GcTest() {
    verb.collector = Golden.service(Collector.class, (method, args) -> {
      asked.add((CollectRequest) args[1]);
      return REPORT;
    });
  }

  private String said(String... words) throws Exception {
    out.reset();
    var console = Golden.console(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    assertEquals(0, verb.run(verb.syntax().parse(List.of(words)), console));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void manyLeasesAreCounted() throws Exception {
    List<Kept> many = IntStream.range(0, 5).mapToObj(i -> new Kept("default", "l" + i, Optional.<Instant>empty())).toList();
    verb.collector = Golden.service(Collector.class, (method, args) -> new Report(List.of(), List.of(), many, Duration.ZERO));
    assertEquals("""
        kept by leases: 5 (l0 of default, without an end; l1 of default, without an end; l2 of default, without an end; \
        and 2 more, see lease:list)
        0 B freed
        """, said());
  }

  @Test
  void json() throws Exception {
    Golden.same("gc.json", verb, verb::run, "--dry-run");
    assertEquals(List.of(CollectRequest.dry()), asked);
  }

  @Test
  void text() throws Exception {
    assertEquals("""
        KIND      NAMESPACE  ID             SIZE
        image     default    straße?[31m    -
        snapshot  k8s.io     overlayfs/a b  2.0 KiB
        content   -          sha256:00      1.0 MiB
        kept by leases: 2 (resume-1 of default, until 2026-11-30T10:00:00Z; b of k8s.io, without an end)
        1.0 MiB freed
        """, said());
    assertEquals("left alone: blobs in 'far': its driver is away\n", err.toString(StandardCharsets.UTF_8));
    assertEquals("1.0 MiB would be freed", said("--dry-run").lines().toList().getLast());
    assertEquals(List.of(CollectRequest.defaults(), CollectRequest.dry()), asked);
  }
}
