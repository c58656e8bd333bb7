package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.DeniedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.remote.Address;
import io.gantry.remote.RemoteManager;
import io.gantry.service.transfer.Logins;
import io.gantry.service.transfer.Naming;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.PushRequest;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A registry that wants a password, by another manager's address: what that one has kept, and what a Java client is asked for. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FarLoginTest {
  private static final Scope SCOPE = Scope.root().withNamespace("login");
  private static final String WRONG = "wrong-sesame-4712";
  @TempDir static Path folder;
  private static LockedRegistry registry;
  private static Manager manager;
  private static RemoteManager client;
  private static Reference image;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing())) assumeTrue(why.isEmpty(), why.orElse(""));
    registry = new LockedRegistry(folder, "a/b", "1", CtrWorld.plain("locked\n"));
    image = Reference.parse(registry.host() + "/a/b:1");
    manager = new Manager("http://127.0.0.1:1");
    manager.ok("start");
    Files.writeString(manager.root().resolve("config").resolve("logging.cfg"), "root = DEBUG\nio.gantry = TRACE\n");
    CtrWorld.until("all is logged", () -> log().contains("DEBUG"));
    client = RemoteManager.connect(Address.parse("unix://" + manager.state().resolve("gantry.sock")));
  }

  @AfterAll
  static void stop() throws Exception {
    if (client != null) client.close();
    if (manager != null) manager.close();
    if (registry != null) registry.close();
  }

  private static String log() throws IOException {
    return Files.readString(manager.root().resolve("log").resolve("gantry.log"));
  }

  /** Whatever was written down: passwords are not in it, in no form. */
  @AfterEach
  void noPasswordIsTold() throws IOException {
    untold(log());
  }

  private static void untold(String text) {
    for (String secret : List.of(LockedRegistry.SECRET, WRONG)) {
      assertFalse(text.contains(secret), "it has a password in it: " + text);
      String header = Base64.getEncoder().encodeToString((LockedRegistry.USER + ":" + secret).getBytes(StandardCharsets.UTF_8));
      assertFalse(text.contains(header), "it has a password's header in it: " + text);
    }
  }

  /** Command lines of all processes of this host, which everybody may read. */
  private static String commandLines() throws IOException {
    var all = new StringBuilder();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path p : processes.filter(p -> p.getFileName().toString().matches("\\d+")).toList()) {
        try {
          all.append(new String(Files.readAllBytes(p.resolve("cmdline")), StandardCharsets.UTF_8)).append('\n');
        } catch (IOException ended) {
          all.append("ended\n");
        }
      }
    }
    return all.toString();
  }

  private static PullRequest request(Logins logins) {
    return new PullRequest(image, Platform.host(), "", Naming.own(), Optional.of(logins));
  }

  private static <T extends IOException> String refused(Class<T> kind, Executable work) {
    T e = assertThrows(kind, work);
    var all = new StringWriter();
    e.printStackTrace(new PrintWriter(all, true));
    untold(all.toString());
    return e.getMessage();
  }

  private static Logins always(String secret, AtomicInteger asked) {
    return (host, challenge) -> {
      assertEquals(registry.host(), host);
      assertTrue(challenge.startsWith("Basic realm="), challenge);
      untold(commandLines());
      asked.incrementAndGet();
      return Optional.of(new Credential(LockedRegistry.USER, secret));
    };
  }

  @Test
  void aJavaClientIsAsked() throws Exception {
    var asked = new AtomicInteger();
    String said = refused(DeniedException.class, () -> client.transfers().pull(SCOPE, request(always(WRONG, asked)), p -> { }));
    assertTrue(said.contains(registry.host()), said);
    assertTrue(asked.get() >= 1 && asked.get() <= 4, "asked " + asked + " times");
    refused(DeniedException.class, () -> client.transfers().pull(SCOPE, request((host, challenge) -> Optional.empty()), p -> { }));
    said = refused(DeniedException.class, () -> client.transfers().pull(SCOPE, request((host, challenge) -> {
      throw new IOException("the user is gone");
    }), p -> { }));
    assertTrue(said.contains("wants credentials"), said);
    assertThrows(NotFoundException.class, () -> client.images().get(SCOPE, image.toString()));
    var pulled = client.transfers().pull(SCOPE, request(always(LockedRegistry.SECRET, asked)), p -> { });
    assertEquals(pulled.image(), client.images().get(SCOPE, image.toString()));
    Reference other = Reference.parse(registry.host() + "/other:2");
    for (String secret : List.of(WRONG, LockedRegistry.SECRET)) {
      var push = new PushRequest(pulled.image().target(), other, Optional.empty(), Optional.of(always(secret, asked)));
      if (secret.equals(WRONG)) refused(DeniedException.class, () -> client.transfers().push(SCOPE, push, p -> { }));
      else assertEquals(other, client.transfers().push(SCOPE, push, p -> { }).reference());
    }
  }

  @Test
  void aManagersOwnPasswordIsUsed() throws Exception {
    var far = new FarClient(new Ctr(manager.state().resolve("gantry.sock"), folder, "own"));
    Answer without = far.run("dist:pull", image.toString());
    assertTrue(without.code() == 1 && without.err().contains(registry.host()), without.both());
    Answer wrong = manager.typing(WRONG + "\n", "dist:login", "-u", LockedRegistry.USER, registry.host());
    assertEquals(1, wrong.code());
    untold(wrong.both());
    assertEquals(1, far.run("dist:pull", image.toString()).code());
    Answer right = manager.typing(LockedRegistry.SECRET + "\n", "dist:login", "-u", LockedRegistry.USER, registry.host());
    assertEquals(0, right.code(), right.err());
    untold(right.both());
    untold(far.ok("dist:pull", image.toString()));
    assertEquals(image.toString(), far.ok("dist:images", "-q"));
    manager.ok("dist:logout", registry.host());
  }
}
