package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.BearerAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A password is kept where the registry takes it, and nowhere else. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoginTest {
  private static final Map<String, String> ANN = Map.of("ann", "right");
  /** {@code right}, as bcrypt with the lowest cost has it. */
  private static final String HTPASSWD = "ann:$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC\n";
  private static Manager manager;

  @BeforeAll
  static void start() throws Exception {
    Manager.missing().ifPresent(why -> assumeTrue(false, why));
    manager = new Manager("http://127.0.0.1:1");
    manager.ok("start");
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
  }

  private static FaultyRegistry registry() throws IOException {
    return FaultyRegistry.start().add("a", "1", new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0644).gzip()).cmd("x")
        .build(ImageFormat.OCI));
  }

  private static Answer login(String secret, String... words) throws Exception {
    var command = new ArrayList<String>(List.of("dist:login"));
    command.addAll(List.of(words));
    return manager.typing(secret + "\n", command.toArray(String[]::new));
  }

  private static void accepted(String host, String secret) throws Exception {
    Answer a = login(secret, "-u", "ann", host);
    assertEquals(new Answer(0, host + " takes it; kept\n", ""), a);
    assertTrue(kept().contains(host));
  }

  private static void refused(Answer a, String host, String... parts) throws Exception {
    assertEquals(1, a.code(), a.both());
    for (String part : parts) assertTrue(a.err().contains(part), "'" + part + "' is not in: " + a.both());
    assertEquals(1, a.err().strip().lines().count(), "one message: " + a.both());
    assertTrue(a.err().startsWith("dist:login: nothing was kept: "), a.both());
    assertFalse(a.both().contains("secret-"), "it shows the password: " + a.both());
    assertFalse(kept().contains(host), kept());
  }

  private static String kept() throws IOException {
    Path file = manager.root().resolve("credentials.json");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  @Test
  void aRegistryThatWantsAPassword() throws Exception {
    try (FaultyRegistry r = registry().require(new BasicAuth(ANN))) {
      refused(login("secret-1", "-u", "ann", r.host()), r.host(), r.host(), "refuses 'ann' with this password");
      refused(login("secret-2", r.host()), r.host(), "refuses this identity token", "-u NAME");
      accepted(r.host(), "right");
      manager.ok("dist:pull", "-q", r.host() + "/a:1");
      assertEquals(1, login("secret-3", "-u", "ann", r.host()).code());
      manager.ok("dist:pull", "-q", r.host() + "/a:1");
    }
  }

  @Test
  void aRegistryWithATokenServer() throws Exception {
    try (FaultyRegistry r = registry().require(BearerAuth.users(ANN))) {
      refused(login("secret-1", "-u", "ann", r.host()), r.host(), "refuses 'ann' with this password");
      accepted(r.host(), "right");
      manager.ok("dist:pull", "-q", r.host() + "/a:1");
    }
  }

  /** Registries do not say that there is no such image to somebody who may see none. */
  @Test
  void aPasswordThatOpensOtherImages() throws Exception {
    On images = On.manifests().and(q -> q.header("Authorization").isPresent());
    try (FaultyRegistry r = registry().require(new BasicAuth(ANN)).fault(images, Fault.status(403))) {
      accepted(r.host(), "right");
    }
  }

  @Test
  void aRegistryThatWantsNoPassword() throws Exception {
    try (FaultyRegistry r = registry()) {
      assertEquals(new Answer(0, "kept, but " + r.host() + " asked for no password\n", ""), login("any", "-u", "ann", r.host()));
    }
  }

  @Test
  void whatIsNoRegistry() throws Exception {
    try (FaultyRegistry r = registry().fault(On.every(), Fault.html())) {
      refused(login("secret-1", "-u", "ann", r.host()), r.host(), r.host() + " is not a registry", "web page");
    }
    try (FaultyRegistry r = registry().fault(On.every(), Fault.status(500))) {
      refused(login("secret-1", "-u", "ann", r.host()), r.host(), r.host() + " has trouble", "500");
    }
    try (FaultyRegistry r = registry().fault(On.every(), Fault.noAnswer())) {
      refused(login("secret-1", "-u", "ann", r.host()), r.host(), r.host());
    }
    String free = "127.0.0.1:" + freePort();
    refused(login("secret-1", "-u", "ann", free), free, "nobody listens at " + free, "check host and port");
    refused(login("secret-1", "-u", "ann", "no-such-host.invalid"), "no-such-host.invalid", "no-such-host.invalid");
    Answer url = login("secret-1", "-u", "ann", "https://registry.example.com/v2");
    assertTrue(url.code() == 1 && url.err().contains("is not a registry's host[:port]"), url.both());
  }

  private static int freePort() throws IOException {
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return s.getLocalPort();
    }
  }

  /** Debian's own, with a file of passwords. */
  @Test
  void theRealRegistry(@TempDir Path folder) throws Exception {
    var program = Programs.find("docker-registry");
    assumeTrue(program.isPresent(), "no docker-registry in the PATH or beneath GANTRY_TOOLS");
    int port = freePort();
    Path passwords = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
    Path config = Files.writeString(folder.resolve("config.yml"), """
        version: 0.1
        storage: {filesystem: {rootdirectory: %s}}
        http: {addr: "127.0.0.1:%d"}
        auth: {htpasswd: {realm: story, path: %s}}
        """.formatted(folder.resolve("storage"), port, passwords));
    Process p = new ProcessBuilder(program.get().toString(), "serve", config.toString()).redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile()).start();
    try {
      await(p, port, folder.resolve("log"));
      String host = "127.0.0.1:" + port;
      refused(login("secret-1", "-u", "ann", host), host, "refuses 'ann' with this password");
      refused(login("right", "-u", "bob", host), host, "refuses 'bob'");
      accepted(host, "right");
      Answer pull = manager.run("dist:pull", host + "/none:1");
      assertTrue(pull.code() == 1 && pull.err().contains("404"), pull.both());
    } finally {
      p.destroy();
      p.waitFor();
    }
  }

  private static void await(Process p, int port, Path log) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        if (((HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/v2/").toURL().openConnection()).getResponseCode() == 401) return;
      } catch (IOException e) {
        if (!p.isAlive() || System.nanoTime() > end) throw new IOException("the registry does not start: " + Files.readString(log), e);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
