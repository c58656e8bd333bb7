package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Promotion;
import io.gantry.swap.Demo;
import io.gantry.swap.DriverJar;
import io.gantry.swap.Osgi;
import io.gantry.swap.SwapComponent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.ConfigurationAdmin;

/** Install, update, roll back, remove, and a restart after each, in a real framework. */
class DeploymentTest {
  private static final DriverRef REF = DriverRef.of("content/local");
  @TempDir Path folder;
  private Path root;
  private Path shipped;
  private int runs;
  private Osgi osgi;

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectories(folder.resolve("root"));
    Files.createDirectories(root.resolve("config"));
    Files.writeString(root.resolve("config/content.demo~local.cfg"), "");
    shipped = jar("v1", Demo.jar("content", "v1"));
    run();
  }

  /** What a manager's start does, but that the shipped bundle is installed after ours began: the files are looked at again. */
  private void run() throws Exception {
    Demo.BOARD.clear();
    osgi = new Osgi(folder.resolve("cache" + runs++), Map.of("gantry.root", root.toString(), "gantry.state", folder.resolve("state")
        .toString()), List.of(SwapComponent.class, DeployComponent.class));
    osgi.context().installBundle(shipped.toUri().toString()).start();
    while (deployments().problems(Scope.root()).stream().anyMatch(p -> p.startsWith("content.demo~local.cfg: no "))) Thread.sleep(5);
  }

  private void restart() throws Exception {
    osgi.close();
    run();
  }

  @AfterEach
  void stop() throws Exception {
    osgi.close();
    assertTrue(Demo.BOARD.keySet().stream().noneMatch(k -> k.startsWith("two owners")), Demo.BOARD.toString());
  }

  private Path jar(String name, DriverJar driver) throws IOException {
    Path file = folder.resolve(name + ".jar");
    try (InputStream in = driver.build()) {
      Files.copy(in, file);
    }
    return file;
  }

  private Path build(String version) throws IOException {
    return jar(version, Demo.jar("content", version));
  }

  private Deployments deployments() throws InterruptedException {
    return osgi.service(Deployments.class);
  }

  private static String digest(Path jar) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
  }

  private String version(DriverRef ref) throws IOException {
    return ask(ref, "version");
  }

  @SuppressWarnings("unchecked")
  private String ask(DriverRef ref, String order) throws IOException {
    return (String) osgi.drivers.call(Function.class, ref, Scope.root(), d -> d.apply(order));
  }

  private void inUse(String version, Deployment... lines) throws Exception {
    for (String when : List.of("now", "after a restart")) {
      assertEquals(version, version(REF), when);
      assertEquals(List.of(lines), deployments().list(Scope.root()), when);
      assertEquals(List.of(), deployments().problems(Scope.root()), when);
      assertEquals(1, states().filter(State.ACTIVE::equals).count(), when);
      if (when.equals("now")) restart();
    }
  }

  private static Deployment line(String digest, String before) {
    return new Deployment(REF, digest, before.equals("-") ? Optional.empty() : Optional.of(before));
  }

  private Set<String> stored() throws IOException {
    Path jars = root.resolve("bundles/sha256");
    if (!Files.isDirectory(jars)) return Set.of();
    try (Stream<Path> all = Files.list(jars)) {
      return all.map(p -> p.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private Stream<State> states() {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(REF)).map(DriverState::state);
  }

  /** By its rows: a call would wait for a driver to come. */
  private void removed() {
    assertTrue(states().allMatch(Set.of(State.ABSENT, State.DORMANT)::contains), osgi.drivers.list(Scope.root()).toString());
  }

  @Test
  void anUpdateStaysAndGoesBackAndForth() throws Exception {
    inUse("v1");
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    inUse("v2", line(digest(two), Deployment.SHIPPED));
    deployments().rollback(Scope.root(), REF);
    inUse("v1", line(Deployment.SHIPPED, digest(two)));
    deployments().rollback(Scope.root(), REF);
    inUse("v2", line(digest(two), Deployment.SHIPPED));
    Path three = build("v3");
    deployments().update(Scope.root(), REF, three);
    inUse("v3", line(digest(three), digest(two)));
    deployments().rollback(Scope.root(), REF);
    deployments().rollback(Scope.root(), REF);
    deployments().rollback(Scope.root(), REF);
    inUse("v2", line(digest(two), digest(three)));
    assertEquals(Set.of(digest(two) + ".jar", digest(three) + ".jar"), stored());
  }

  /** Builds of a shared kind stand side by side for a while: calls that are in the old one end there. */
  @Test
  void aRollbackWaitsUntilTheShippedBuildIsGone() throws Exception {
    DriverRef tar = DriverRef.of("layer/tar");
    Files.writeString(root.resolve("config/layer.demo~tar.cfg"), "");
    for (int i = 0; i < 6000 && osgi.drivers.list(Scope.root()).stream().noneMatch(s -> s.ref().equals(tar)); i++) Thread.sleep(10);
    osgi.context().installBundle(jar("l1", Demo.jar("layer", "l1")).toUri().toString()).start();
    assertEquals("l1", version(tar));
    var in = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Demo.BOARD.putAll(Map.of("in gate", in, "gate", gate));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> slow = threads.submit(() -> ask(tar, "block gate"));
      in.await();
      deployments().update(Scope.root(), tar, jar("l2", Demo.jar("layer", "l2")));
      assertEquals("l2", version(tar));
      Future<?> back = threads.submit(() -> deployments().rollback(Scope.root(), tar));
      Thread.sleep(300);
      assertEquals("l2", version(tar), "meanwhile");
      gate.countDown();
      back.get(60, TimeUnit.SECONDS);
      slow.get(60, TimeUnit.SECONDS);
      assertEquals("l1", version(tar));
    }
    Demo.BOARD.remove("two owners of tar"); // as it may be
  }

  @Test
  void theShippedDriverComesBackAfterItsRemoval() throws Exception {
    deployments().remove(Scope.root(), REF);
    removed();
    deployments().rollback(Scope.root(), REF);
    inUse("v1", line(Deployment.SHIPPED, "-"));
    ConflictException e = assertThrows(ConflictException.class, () -> deployments().rollback(Scope.root(), REF));
    assertTrue(e.getMessage().contains("has no build before"), e.getMessage());
    inUse("v1", line(Deployment.SHIPPED, "-"));
  }

  @Test
  void aRemovalStaysOverARestartAndIsTakenBack() throws Exception {
    deployments().remove(Scope.root(), REF);
    restart();
    removed();
    assertEquals(List.of(line(Deployment.NONE, Deployment.SHIPPED)), deployments().list(Scope.root()));
    assertThrows(NotFoundException.class, () -> deployments().remove(Scope.root(), REF));
    deployments().rollback(Scope.root(), REF);
    inUse("v1", line(Deployment.SHIPPED, "-"));
  }

  @Test
  void anUpdatedDriverComesBackAfterItsRemoval() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    deployments().remove(Scope.root(), REF);
    removed();
    deployments().rollback(Scope.root(), REF);
    inUse("v2", line(digest(two), "-"));
  }

  /** The shipped one stands beside it then, and must not come instead. */
  @Test
  void anUpdatedDriverIsRemovedAfterARestart() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    restart();
    assertEquals("v2", version(REF));
    deployments().remove(Scope.root(), REF);
    removed();
    restart();
    removed();
    deployments().rollback(Scope.root(), REF);
    inUse("v2", line(digest(two), "-"));
  }

  @Test
  void aDamagedFileTakesNothingIntoUseAndStaysAsItIs() throws Exception {
    Path file = root.resolve("drivers.lock");
    for (String line : List.of("content/local garbage", "nothing 0 -", "content/local shipped")) {
      Files.writeString(file, line + "\n");
      restart();
      assertEquals(1, deployments().problems(Scope.root()).size());
      String said = deployments().problems(Scope.root()).getFirst();
      assertTrue(said.startsWith(file + ":1: '") && said.contains("mend that line"), said);
      assertTrue(states().noneMatch(State.ACTIVE::equals));
      assertThrows(IOException.class, () -> deployments().update(Scope.root(), REF, build("v2")));
      assertEquals(line + "\n", Files.readString(file));
      Files.delete(folder.resolve("v2.jar"));
    }
    Files.delete(file);
    restart();
    inUse("v1");
  }

  @Test
  void anotherDriverIsInstalledBesideIt() throws Exception {
    DriverRef second = DriverRef.of("snapshot/second");
    Path jar = jar("snapshot", Demo.jar("snapshot", "s1"));
    InvalidException e = assertThrows(InvalidException.class, () -> deployments().install(Scope.root(), jar));
    assertTrue(e.getMessage().contains("write its configuration"), e.getMessage());
    Files.writeString(root.resolve("config/snapshot.demo~second.cfg"), "");
    List<DriverState> rows = deployments().install(Scope.root(), jar);
    assertEquals(List.of(second), rows.stream().map(DriverState::ref).toList());
    assertEquals("s1", version(second));
    assertThrows(AlreadyExistsException.class, () -> deployments().install(Scope.root(), jar));
    assertEquals("s1", version(second));
    restart();
    assertEquals("s1", version(second));
    assertEquals("v1", version(REF));
    assertEquals(List.of(new Deployment(second, digest(jar), Optional.empty())), deployments().list(Scope.root()));
  }

  private Bundle bundle() {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(REF) && s.state() == State.ACTIVE)
        .map(s -> osgi.context().getBundle(s.bundleId())).findFirst().orElseThrow();
  }

  /** As the framework's own command does: without a URL, the bundle's location is read again. */
  @Test
  void aRawUpdateReadsTheStoredJarAgain() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    assertEquals("v2", version(REF));
    assertEquals(root.resolve("bundles/sha256").resolve(digest(two) + ".jar").toUri().toString(), bundle().getLocation());
    bundle().update();
    inUse("v2", line(digest(two), Deployment.SHIPPED));
    assertEquals(Optional.of(digest(two)), osgi.drivers.list(Scope.root()).stream().filter(s -> s.state() == State.ACTIVE)
        .findFirst().flatMap(DriverState::digest));
  }

  @Test
  void anUpdatedDriverThatIsStoppedAndStartedByHandIsInUseAgain() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    restart(); // from here on the shipped one stands beside
    assertEquals("v2", version(REF));
    Bundle updated = bundle();
    updated.stop();
    assertEquals("v1", version(REF));
    updated.start();
    for (int i = 0; i < 6000 && !version(REF).equals("v2"); i++) Thread.sleep(10);
    inUse("v2", line(digest(two), Deployment.SHIPPED));
  }

  /** The shipped one, which stands beside it, must not see the folder. */
  @Test
  void otherValuesUnderLoadLeaveTheUpdatedDriverInUse() throws Exception {
    Path two = jar("v2", Demo.jar("content", "v2").unmodified());
    deployments().update(Scope.root(), REF, two);
    restart();
    assertEquals("v2", version(REF));
    AtomicBoolean end = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> callers = Stream.generate(() -> threads.submit(() -> {
        while (!end.get()) assertEquals("v2", version(REF));
        return null;
      })).limit(4).collect(Collectors.toList());
      try {
        for (int size = 10; size < 20; size++) {
          Files.writeString(root.resolve("config/content.demo~local.cfg"), "size = " + size + "\n");
          while (!callers.stream().anyMatch(Future::isDone) && !ask(REF, "property size").equals(String.valueOf(size))) Thread.sleep(1);
        }
      } finally {
        end.set(true);
      }
      for (Future<?> caller : callers) caller.get();
    }
    inUse("v2", line(digest(two), Deployment.SHIPPED));
  }

  /** It does not come with its changed values, which takes a while to find out. */
  @Test
  void aValueThatTakesWhatTheUpdatedDriverNeedsLeavesItInUse() throws Exception {
    String needs = "java.util.function.Predicate";
    Path two = jar("v2", Demo.jar("content", "v2").reference(needs));
    osgi.context().registerService(needs, (Predicate<Object>) x -> true, null);
    deployments().update(Scope.root(), REF, two);
    restart();
    osgi.context().registerService(needs, (Predicate<Object>) x -> true, null);
    assertEquals("v2", version(REF));
    Files.writeString(root.resolve("config/content.demo~local.cfg"), needs + ".target = (there=not)\n");
    while (deployments().problems(Scope.root()).isEmpty()) assertEquals("v2", version(REF));
    String problem = deployments().problems(Scope.root()).getFirst();
    assertTrue(problem.startsWith("content.demo~local.cfg:1: " + needs + ".target: bundle ") && problem.contains("waits for " + needs),
        problem);
    assertEquals("v2", version(REF));
  }

  @Test
  void aValueThatTheUpdatedDriverRefusesLeavesItInUse() throws Exception {
    String picky = "if (\"5\".equals(given.get(\"size\"))) throw new java.io.IOException(\"size 5 has no room\"); if (FAILS)";
    Path two = jar("v2", Demo.jar("content", "v2").unmodified().replace("if (FAILS)", picky));
    deployments().update(Scope.root(), REF, two);
    restart();
    assertEquals("v2", version(REF));
    Path file = root.resolve("config/content.demo~local.cfg");
    for (int round = 0; round < 5; round++) {
      Files.writeString(file, "size = 5\n# " + round + "\n");
      while (deployments().problems(Scope.root()).isEmpty()) assertEquals("v2", version(REF));
      String problem = deployments().problems(Scope.root()).getFirst();
      assertTrue(problem.endsWith("cannot be activated: size 5 has no room; the last good values are used"), problem);
      assertEquals("v2", version(REF));
      Files.writeString(file, "");
      while (!deployments().problems(Scope.root()).isEmpty()) assertEquals("v2", version(REF));
    }
    inUse("v2", line(digest(two), Deployment.SHIPPED));
  }

  /** From a folder that looks like the manager's. */
  @Test
  void aBundleThatWasInstalledByHandCountsAsShipped() throws Exception {
    assertEquals("v1", version(REF));
    Bundle one = bundle();
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/sha256"));
    Path mine = Files.copy(build("v2"), elsewhere.resolve("mine.jar"));
    Path three = build("v3");
    osgi.context().installBundle(mine.toUri().toString()).start();
    one.uninstall();
    assertEquals("v2", version(REF));
    assertEquals(Optional.empty(), osgi.drivers.list(Scope.root()).getFirst().digest());
    deployments().update(Scope.root(), REF, three);
    inUse("v3", line(digest(three), Deployment.SHIPPED));
    Bundle four = osgi.context().installBundle(Files.copy(build("v4"), elsewhere.resolve("0a".repeat(32) + ".jar")).toUri().toString());
    four.start();
    osgi.drivers.promote(Scope.root(), REF, four.getBundleId());
    deployments().remove(Scope.root(), REF);
    assertEquals(List.of(line(Deployment.NONE, Deployment.SHIPPED)), deployments().list(Scope.root()));
  }

  /** It goes by what is in use when it begins. */
  @Test
  void aFileThatIsChangedDuringAnUpdateIsTriedAfterIt() throws Exception {
    String tells = "((java.util.List<String>) board.get(\"activated\")).add(VERSION); if (FAILS)";
    shipped = jar("tells", Demo.jar("content", "v1").replace("if (FAILS)", tells));
    restart();
    List<String> activated = new CopyOnWriteArrayList<>();
    Demo.BOARD.put("activated", activated);
    assertEquals("v1", version(REF));
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    Demo.BOARD.putAll(Map.of("in gate", inside, "gate", gate));
    String slow = "((CountDownLatch) board.get(\"in gate\")).countDown(); await((CountDownLatch) board.get(\"gate\")); " + tells;
    Path two = jar("v2", Demo.jar("content", "v2").unmodified().replace("if (FAILS)", slow));
    FutureTask<List<Promotion>> update = new FutureTask<>(() -> deployments().update(Scope.root(), REF, two));
    Thread.ofPlatform().daemon(true).start(update);
    inside.await();
    Files.writeString(root.resolve("config/content.demo~local.cfg"), "size = 7\n");
    Thread watch = Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("deploy-config")).findFirst().orElseThrow();
    while (watch.getState() != Thread.State.BLOCKED && size() == null) Thread.sleep(1);
    assertEquals(List.of(), deployments().problems(Scope.root()), "it waits for nobody");
    gate.countDown();
    update.get();
    while (!"7".equals(ask(REF, "property size"))) Thread.sleep(1);
    while (watch.getState() != Thread.State.WAITING && watch.getState() != Thread.State.TIMED_WAITING || scans(watch)) Thread.sleep(1);
    assertEquals("v2", version(REF));
    assertEquals(List.of(line(digest(two), Deployment.SHIPPED)), deployments().list(Scope.root()));
    assertEquals(List.of(), deployments().problems(Scope.root()));
    assertEquals(Set.of("v2"), Set.copyOf(activated.subList(1, activated.size())), activated.toString());
  }

  private Object size() throws Exception {
    return osgi.service(ConfigurationAdmin.class).getFactoryConfiguration("content.demo", "local", "?").getProperties().get("size");
  }

  private static boolean scans(Thread watch) {
    return Arrays.stream(watch.getStackTrace()).anyMatch(f -> f.getMethodName().equals("scan"));
  }

  @Test
  void aBuildThatFailsLeavesTheOneAtWork() throws Exception {
    Path bad = jar("bad", Demo.jar("content", "v2").replace("FAILS = false", "FAILS = true"));
    UnavailableException e = assertThrows(UnavailableException.class, () -> deployments().update(Scope.root(), REF, bad));
    assertTrue(e.getMessage().contains("has no d_type"), e.getMessage());
    inUse("v1");
  }

  @Test
  void aLockThatCannotBeWrittenChangesNothing() throws Exception {
    assertEquals("v1", version(REF));
    Path inTheWay = Files.createDirectories(root.resolve(".drivers.lock.part/x"));
    Path two = build("v2");
    assertThrows(IOException.class, () -> deployments().update(Scope.root(), REF, two));
    assertThrows(IOException.class, () -> deployments().remove(Scope.root(), REF));
    assertEquals(Set.of(), stored());
    inUse("v1");
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    deployments().update(Scope.root(), REF, two);
    inUse("v2", line(digest(two), Deployment.SHIPPED));
  }

  @Test
  void aJarThatIsGoneIsToldUntilThereIsAnother() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    Files.delete(root.resolve("bundles/sha256").resolve(digest(two) + ".jar"));
    restart();
    assertTrue(deployments().problems(Scope.root()).toString().contains("which cannot be had"));
    deployments().rollback(Scope.root(), REF);
    deployments().update(Scope.root(), REF, two);
    assertEquals(List.of(), osgi.drivers.list(Scope.root()).stream().filter(s -> s.why().contains("cannot be had")).toList());
  }

  @Test
  void aRefusedJarIsNotKept() throws Exception {
    Path fails = jar("bad", Demo.jar("content", "v2").replace("FAILS = false", "FAILS = true"));
    assertThrows(UnavailableException.class, () -> deployments().update(Scope.root(), REF, fails));
    Path other = jar("other", Demo.jar("content", "v3").symbolicName("test.other"));
    assertThrows(InvalidException.class, () -> deployments().update(Scope.root(), REF, other));
    assertEquals(Set.of(), stored());
    inUse("v1");
  }

  /** One typed for another: it is at work there, and stays. */
  @Test
  void theJarOfAnotherDriverIsRefusedAndStaysInUse() throws Exception {
    Path two = build("v2");
    deployments().update(Scope.root(), REF, two);
    Files.writeString(root.resolve("config/layer.demo~tar.cfg"), "");
    restart();
    osgi.start("layer", Demo.jar("layer", "l1").build());
    DriverRef layer = DriverRef.of("layer/tar");
    assertEquals("l1", version(layer));
    InvalidException e = assertThrows(InvalidException.class, () -> deployments().update(Scope.root(), layer, two));
    assertTrue(e.getMessage().contains("driver layer/tar is of test.layer.demo"), e.getMessage());
    assertEquals("l1", version(layer));
    Files.delete(root.resolve("config/layer.demo~tar.cfg")); // its bundle does not come again
    inUse("v2", line(digest(two), Deployment.SHIPPED));
  }
}
