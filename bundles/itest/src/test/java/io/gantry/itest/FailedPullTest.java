package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pull leaves that fails as the records go away, or as the manager is killed: nothing but what the next one goes on from. */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailedPullTest {
  private static final String RECORDS = "io.gantry.metadata.mapdb";
  private Manager manager;
  private FaultyRegistry registry;
  private String name;

  /** The upper layer is unpacked over the others, mounted. */
  private static Image image() {
    byte[] noise = new byte[4 << 20];
    new Random(1).nextBytes(noise);
    return new ImageBuilder().layer(new LayerBuilder().directory("d", 0755).file("d/x", "x").gzip())
        .layer(new LayerBuilder().file("y", "y").gzip()).layer(new LayerBuilder().whiteout("d/x").file("noise", noise, 0644).gzip())
        .cmd("x").build(ImageFormat.OCI);
  }

  @BeforeEach
  void start() throws Exception {
    Manager.missing().ifPresent(why -> assumeTrue(false, why));
    Image image = image();
    registry = FaultyRegistry.start().add("a", "1", image);
    registry.fault(On.blob(image.layers().getLast().digest()), Fault.throttle(200_000));
    name = registry.host() + "/a:1";
    manager = new Manager("http://127.0.0.1:1");
    Path swap = manager.root().resolve("config").resolve("swap.cfg");
    Files.createDirectories(swap.getParent());
    Files.writeString(swap, "replacement.timeout = 2s\n");
    manager.ok("start");
  }

  @AfterEach
  void stop() throws Exception {
    try (Manager ended = manager; FaultyRegistry closed = registry) {
      assertEquals(List.of(), ended == null ? List.of() : mounts());
    }
  }

  private List<String> mounts() throws IOException {
    String folder = " " + manager.state().resolve("mounts") + "/unpack-";
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream().filter(l -> l.contains(folder)).toList();
  }

  private static void becomes(Object expected, Callable<?> actual) throws Exception {
    for (int i = 0; i < 300 && !expected.equals(actual.call()); i++) TimeUnit.MILLISECONDS.sleep(200);
    assertEquals(expected, actual.call());
  }

  private List<String> lines(String... words) throws Exception {
    return manager.ok(words).lines().toList();
  }

  private boolean isHalfUnpacked() throws Exception {
    return lines("snapshot:list", "-q").stream().anyMatch(k -> k.startsWith("extract-"));
  }

  private FutureTask<Answer> pulling() throws Exception {
    var pull = new FutureTask<>(() -> manager.run("dist:pull", "-q", name));
    Thread.ofVirtual().start(pull);
    becomes(1, () -> mounts().size());
    return pull;
  }

  /** All goes by itself but what the lease holds, which is told; the next pull goes on from that. */
  private void goesOn() throws Exception {
    becomes(List.of(), this::mounts);
    becomes(false, this::isHalfUnpacked);
    becomes(1, () -> lines("lease:list", "-q").size());
    String report = manager.ok("dist:gc");
    assertTrue(report.contains("kept by leases: 1 (") && report.contains(" of default, until "), report);
  }

  private void succeeds() throws Exception {
    registry.heal();
    manager.ok("dist:pull", "-q", name);
  }

  @Test
  void theRecordsGoAwayInItsMidst() throws Exception {
    String row = manager.ok("felix:lb", "-s").lines().filter(l -> l.contains(RECORDS)).findFirst().orElseThrow();
    String id = row.strip().replaceAll("\\|.*", "");
    FutureTask<Answer> pull = pulling();
    manager.ok("felix:stop", id);
    Answer failed = pull.get(120, TimeUnit.SECONDS);
    assertEquals(1, failed.code(), failed.both());
    assertEquals(1, mounts().size(), "nobody can look up what is to be unmounted");
    manager.ok("felix:start", id);
    goesOn();
    becomes(true, () -> lines("lease:list", "-q").getFirst().startsWith("resume-"));
    List<String> here = lines("dist:list", "-q");
    assertTrue(here.size() >= 4, "its documents and the lower layers, and the upper one if it came to its end: " + here);
    manager.ok("dist:gc");
    assertEquals(here, lines("dist:list", "-q"));
    succeeds();
    assertEquals(List.of(), lines("lease:list", "-q"));
    assertFalse(manager.ok("dist:gc").contains("kept by leases"));
  }

  @Test
  void theManagerIsKilled() throws Exception {
    FutureTask<Answer> pull = pulling();
    manager.kill();
    pull.get(120, TimeUnit.SECONDS);
    assertEquals(1, mounts().size());
    manager.ok("start");
    goesOn();
    succeeds();
    assertEquals(List.of(), lines("lease:list", "-q"), "that of the pull that was killed, too");
  }
}
