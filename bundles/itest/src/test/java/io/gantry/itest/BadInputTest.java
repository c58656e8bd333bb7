package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.TestCertificate;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be: one clear message, the right exit code, and everything as it was. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
  private static final List<String> STATE = List.of("dist:images", "dist:list", "dist:active", "snapshot:list", "ctr:list");
  private static FaultyRegistry registry;
  private static Manager manager;
  private static String busybox;
  private Map<String, String> before;
  /** Lists that may differ afterwards. */
  private List<String> changes = List.of();

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), DebImage.missing())) assumeTrue(why.isEmpty(), why.orElse(""));
    var deb = new DebImage(Path.of("target", "packages").toAbsolutePath());
    Image image = deb.busybox().layer(new LayerBuilder().file("bin/noprog", "this is no program\n".getBytes(StandardCharsets.UTF_8), 0755)
        .file("bin/nointerp", "#!/no/such\n".getBytes(StandardCharsets.UTF_8), 0755).gzip()).build(ImageFormat.OCI);
    registry = FaultyRegistry.start().add("tools", "latest", image);
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    busybox = registry.host() + "/tools:latest";
    manager.ok("dist:pull", "-q", busybox);
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
    if (registry != null) registry.close();
  }

  private Map<String, String> state() throws Exception {
    var all = new TreeMap<String, String>();
    for (String list : STATE) if (!changes.contains(list)) all.put(list, manager.ok(list, "--format", "json"));
    return all;
  }

  @BeforeEach
  void before() throws Exception {
    before = state();
  }

  @AfterEach
  void everythingIsAsItWas() throws Exception {
    before.keySet().removeAll(changes);
    assertEquals(before, state());
  }

  private static void refused(int code, List<String> parts, String... words) throws Exception {
    Answer a = manager.run(words);
    assertEquals(code, a.code(), a.both());
    for (String part : parts) assertTrue(a.err().contains(part), "'" + part + "' is not in: " + a.both());
    assertEquals(1, a.err().strip().lines().count(), "one message: " + a.both());
    assertFalse(a.err().contains("\tat "), a.both());
  }

  /** A registry with one image of its own, so that nothing of it is here before. */
  private static FaultyRegistry fresh(String file) throws Exception {
    return FaultyRegistry.start().add("fresh", "1", new io.gantry.kit.image.ImageBuilder().layer(new LayerBuilder().file(file,
        file.repeat(5000)).gzip()).cmd("x").build(ImageFormat.OCI));
  }

  @Test
  void unknownNames() throws Exception {
    refused(1, List.of("nothing-here", "404"), "dist:pull", registry.host() + "/nothing-here:latest");
    refused(1, List.of("no-tag", "404"), "dist:pull", registry.host() + "/tools:no-tag");
    refused(1, List.of("no-such-host.invalid"), "dist:pull", "no-such-host.invalid/x:1");
    int free;
    try (ServerSocket s = new ServerSocket(0)) {
      free = s.getLocalPort();
    }
    refused(1, List.of("127.0.0.1:" + free), "dist:pull", "127.0.0.1:" + free + "/x:1");
  }

  @Test
  void notARegistry() throws Exception {
    try (FaultyRegistry r = fresh("a").fault(On.every(), Fault.html())) {
      refused(1, List.of(r.host()), "dist:pull", r.host() + "/fresh:1");
    }
  }

  @Test
  void manifestsAndBlobsThatAreNotWhatTheySay() throws Exception {
    changes = List.of("dist:list"); // documents that were right so far stay: the next pull goes on from there
    for (Fault fault : List.of(Fault.wrongBytes(), Fault.shortBody(100), Fault.html())) {
      try (FaultyRegistry r = fresh("b").fault(On.blobs(), fault)) {
        refused(1, List.of("sha256:"), "dist:pull", "-q", r.host() + "/fresh:1");
      }
    }
    for (Fault fault : List.of(Fault.wrongBytes(), Fault.html())) {
      try (FaultyRegistry r = fresh("c").fault(On.manifests().method("GET"), fault)) {
        refused(1, List.of("fresh"), "dist:pull", "-q", r.host() + "/fresh:1");
      }
    }
  }

  @Test
  void aCertificateThatNobodyKnows(@TempDir Path folder) throws Exception {
    try (FaultyRegistry r = FaultyRegistry.startTls(TestCertificate.create(folder))) {
      refused(1, List.of("certificate"), "dist:pull", r.host() + "/fresh:1");
    }
  }

  @Test
  void aWrongPassword() throws Exception {
    try (FaultyRegistry r = fresh("d").require(new BasicAuth(Map.of("ann", "right")))) {
      refused(1, List.of(r.host(), "login"), "dist:pull", r.host() + "/fresh:1");
    }
  }

  @Test
  void commandsThatCannotBeRun() throws Exception {
    refused(127, List.of("none"), "ctr:run", "--rm", busybox, "none");
    refused(127, List.of("/no/such"), "ctr:run", "--rm", busybox, "/no/such");
    refused(126, List.of("/etc/passwd"), "ctr:run", "--rm", busybox, "/etc/passwd");
    refused(126, List.of("/tmp"), "ctr:run", "--rm", busybox, "/tmp");
    refused(126, List.of("exec format error"), "ctr:run", "--rm", busybox, "noprog");
    refused(126, List.of("/bin/nointerp"), "ctr:run", "--rm", busybox, "nointerp");
    refused(126, List.of("./noprog: exec format error"), "ctr:run", "--rm", "--cwd", "/bin", busybox, "./noprog");
    refused(1, List.of(), "ctr:run", "--rm", busybox, "/bin/sh", "-c", "echo exec /x: permission denied >&2; exit 1");
    manager.ok("ctr:run", "--id", "host", "-d", busybox, "sleep", "1000");
    refused(127, List.of("none"), "ctr:exec", "host", "none");
    refused(126, List.of("/etc/passwd"), "ctr:exec", "host", "/etc/passwd");
    refused(126, List.of("exec format error"), "ctr:exec", "host", "noprog");
    refused(125, List.of("host", "is there already"), "ctr:run", "--id", "host", busybox, "true");
    refused(125, List.of("not-here"), "ctr:run", "not-here:1", "true");
    refused(1, List.of("nobody"), "ctr:info", "nobody");
    refused(1, List.of("no driver snapshot/zfs", "overlayfs"), "dist:pull", "--snapshotter", "zfs", registry.host() + "/tools:latest");
    refused(1, List.of("no driver snapshot/zfs"), "snapshot:list", "--snapshotter", "zfs");
    refused(1, List.of("no driver 'snapshot/zfs'"), "driver:rollback", "snapshot/zfs");
    refused(1, List.of("/no/such.jar"), "driver:install", "/no/such.jar");
    refused(1, List.of(System.getProperty("user.dir") + "/no-such.jar"), "driver:install", "no-such.jar");
    manager.ok("ctr:delete", "-f", "host");
  }
}
