package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.swap.Demo;
import io.gantry.swap.DriverJar;
import io.gantry.swap.Osgi;
import io.gantry.swap.SwapComponent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.ConfigurationAdmin;

/** Files of {@code config/}, right and wrong, under a running manager. */
class ConfigurationTest {
  private static final DriverRef REF = DriverRef.of("content/local");
  private static final String METATYPE = """
      <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.4.0">
        <OCD id="demo" name="demo">
          <AD id="size" type="Integer" default="1" min="1" max="100"/>
          <AD id="safe" type="Boolean" default="true"/>
          <AD id="hosts" type="String" cardinality="10" default=""/>
          <AD id="mode" type="String" default="fast"><Option label="f" value="fast"/><Option label="s" value="slow"/></AD>
        </OCD>
        <OCD id="names" name="names"><AD id="store" type="String"/><AD id="runtime" type="String" default="runc"/>
          <AD id="snapshotter" type="String"/></OCD>
        <OCD id="text" name="text"><AD id="text" type="String"/></OCD>
        <OCD id="none" name="none"/>
        <Designate factoryPid="content.demo"><Object ocdref="demo"/></Designate>
        <Designate factoryPid="content.none"><Object ocdref="none"/></Designate>
        <Designate pid="content"><Object ocdref="names"/></Designate>
        <Designate pid="tasks"><Object ocdref="names"/></Designate>
        <Designate pid="unpack"><Object ocdref="text"/></Designate>
      </metatype:MetaData>
      """;
  @TempDir Path folder;
  private Path config;
  private Osgi osgi;

  @BeforeEach
  void start() throws Exception {
    Demo.BOARD.clear();
    config = Files.createDirectories(folder.resolve("root/config"));
    write("content.demo~local.cfg", "# the store\nsize = 3\n");
    osgi = new Osgi(folder.resolve("cache"),
        Map.of("gantry.root", folder.resolve("root").toString(), "gantry.state", folder.resolve("state").toString()),
        List.of(SwapComponent.class, DeployComponent.class));
    osgi.start("one", driver().build());
    until(() -> problems().isEmpty());
  }

  private static DriverJar picky(String kind) {
    String check = "if (\"5\".equals(String.valueOf(given.get(\"size\")))) throw new java.io.IOException(\"size 5 has no room\");";
    return Demo.jar(kind, "v1").replace("if (FAILS)", check + " if (FAILS)");
  }

  private static DriverJar driver() {
    return picky("content").entry("OSGI-INF/metatype/demo.xml", METATYPE);
  }

  @AfterEach
  void stop() throws Exception {
    osgi.close();
    assertTrue(Demo.BOARD.keySet().stream().noneMatch(k -> k.startsWith("two owners")), Demo.BOARD.toString());
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(config.resolve(name), text);
  }

  @SuppressWarnings("unchecked")
  private String ask(DriverRef ref, String order) throws IOException {
    return (String) osgi.drivers.call(Function.class, ref, Scope.root(), d -> d.apply(order));
  }

  private String why(DriverRef ref) {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref)).map(DriverState::why).findFirst().orElse("unknown");
  }

  private List<String> problems() throws InterruptedException {
    return osgi.service(Deployments.class).problems(Scope.root());
  }

  private static void until(Callable<Boolean> truth) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!truth.call()) {
      assertTrue(System.nanoTime() < end, "it did not come about within 60 s");
      Thread.sleep(10);
    }
  }

  @Test
  void aChangedFileAppliesLiveInTheTypesOfTheComponent() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    write("content.demo~local.cfg", "size = 4\nhosts = a.example, b.example\nsafe = false\nmode = slow\ngantry.order = 7\n");
    until(() -> ask(REF, "property size").equals("4"));
    assertEquals("a.example,b.example", osgi.drivers.property(Scope.root(), REF, "hosts"));
    assertEquals("content.demo~local.cfg", osgi.drivers.property(Scope.root(), REF, "gantry.file"));
    assertEquals(List.of(), problems());
  }

  @Test
  void aWrongFileKeepsTheLastGoodValuesAndIsNamed() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    Map<String, String> wrong = Map.of(
        "size = many\n", "content.demo~local.cfg:1: size = 'many' is not a whole number",
        "\n\nsiez = 4\n", "content.demo~local.cfg:3: siez is not known; known are hosts, mode, safe, size",
        "size 4\n", "content.demo~local.cfg:1: 'size 4' is not key = value",
        "size = 4\nsize = 5\n", "content.demo~local.cfg:2: size was given on line 1 already",
        "size = 0\n", "content.demo~local.cfg:1: size = '0' is out of bounds: expected at least 1 at most 100",
        "size = 101\n", "size = '101' is out of bounds",
        "safe = perhaps\n", "safe = 'perhaps' is not a truth value: true or false",
        "mode = wild\n", "mode = 'wild' is none of fast, slow",
        "gantry.name = other\n", "content.demo~local.cfg:1: gantry.name is set by the manager",
        "Größe = 4\n", "is not a key");
    for (Map.Entry<String, String> e : wrong.entrySet()) {
      write("content.demo~local.cfg", e.getKey());
      until(() -> why(REF).contains(e.getValue()));
      assertTrue(why(REF).endsWith("the last good values are used"), why(REF));
      assertEquals(1, problems().size());
      assertEquals("3", ask(REF, "property size"));
    }
    Files.write(config.resolve("content.demo~local.cfg"), new byte[] {'s', (byte) 0xff, '=', 0, 1});
    until(() -> why(REF).contains("is not UTF-8 text"));
    write("content.demo~local.cfg", "size = 9\n");
    until(() -> ask(REF, "property size").equals("9"));
    told("");
  }

  @Test
  void anInstanceWhoseFileWasNeverRightIsAbsentAndSaysWhy() throws Exception {
    DriverRef second = DriverRef.of("content/second");
    write("content.demo~second.cfg", "size = x\n");
    until(() -> why(second).contains("content.demo~second.cfg:1: size"));
    assertTrue(why(second).startsWith("absent since"), why(second));
    write("content.demo~second.cfg", "size = 2\n");
    until(() -> osgi.drivers.of(Scope.root(), "content").contains(second));
    assertEquals("2", ask(second, "property size"));
    assertEquals(folder.resolve("state/content/second").toString(), ask(second, "property gantry.instance.state"));
  }

  @Test
  void aRemovedFileTakesItsInstanceAway() throws Exception {
    assertEquals("v1", ask(REF, "version"));
    Files.delete(config.resolve("content.demo~local.cfg"));
    until(() -> osgi.drivers.list(Scope.root()).isEmpty());
    assertThrows(NotFoundException.class, () -> ask(REF, "version"));
    assertTrue(Files.isDirectory(folder.resolve("root/content/local")), "its data stay");
  }

  @Test
  void aFolderThatIsGoneForAMomentTakesNothingAway() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    Path aside = folder.resolve("root/config.old");
    Files.move(config, aside);
    until(() -> !problems().isEmpty());
    String problem = problems().getFirst();
    assertTrue(problem.startsWith(config + " cannot be read") && problem.endsWith("the configuration stays as it was"), problem);
    assertEquals("3", ask(REF, "property size"));
    Files.move(aside, config);
    write("content.demo~local.cfg", "size = 4\n");
    until(() -> ask(REF, "property size").equals("4"));
    until(() -> problems().isEmpty());
  }

  @Test
  void oneInstanceHasOneFile() throws Exception {
    write("content.other~local.cfg", "size = 1\n");
    until(() -> problems().size() == 1);
    assertEquals("content.other~local.cfg: driver content/local is configured by content.demo~local.cfg already; it is not used",
        problems().getFirst());
    assertEquals("3", ask(REF, "property size"));
    Files.delete(config.resolve("content.other~local.cfg"));
    until(() -> problems().isEmpty());
    assertEquals("3", ask(REF, "property size"));
  }

  @Test
  void editorsLeaveFilesThatAreNotOurs() throws Exception {
    write(".content.demo~local.cfg.swp", "garbage");
    write("content.demo~local.cfg~", "garbage");
    write("new", "size = 8\n");
    Files.move(config.resolve("new"), config.resolve("content.demo~local.cfg"), StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    until(() -> ask(REF, "property size").equals("8"));
    assertEquals(List.of(), problems());
  }

  private Object store() throws Exception {
    var values = osgi.service(ConfigurationAdmin.class).getConfiguration("content", "?").getProperties();
    return values == null ? "none" : values.get("store");
  }

  private void told(String problem) throws Exception {
    until(() -> problems().equals(problem.isEmpty() ? List.of() : List.of(problem)));
    until(() -> why(REF).equals(problem));
  }

  @Test
  void theNameOfADriverThatNoFileConfiguresKeepsTheLastGoodOne() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    write("content.cfg", "store = local\n");
    until(() -> store().equals("local"));
    write("content.cfg", "\nstore = nope\n");
    told("content.cfg:2: store = 'nope' is the name of no content driver; known by their files are local; the last good values are used");
    assertEquals("local", store());
    write("content.demo~nope.cfg", "size = 2\n");
    until(() -> store().equals("nope"));
    told("");
    Files.delete(config.resolve("content.demo~nope.cfg"));
    String lost = "content.cfg:2: store = 'nope' is the name of no content driver; known by their files are local;"
        + " what needs that driver fails until it is there, or another one is named";
    told(lost);
    assertEquals("nope", store());
    write("content.cfg", "store = local\n");
    until(() -> store().equals("local"));
    told("");
  }

  /** Another store in its place would be other data. */
  @Test
  void whereThereIsNoLastGoodOneNoOtherDriverIsTakenInstead() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    write("content.cfg", "store = nope\n");
    told("content.cfg:1: store = 'nope' is the name of no content driver; known by their files are local;"
        + " what needs that driver fails until it is there, or another one is named");
    assertEquals("nope", store());
    write("tasks.cfg", "runtime = none\n");
    until(() -> problems().contains("tasks.cfg:1: runtime = 'none' is the name of no runtime driver; there is none: no file"
        + " runtime.<type>~<name>.cfg; what needs that driver fails until it is there, or another one is named"));
    Files.delete(config.resolve("content.cfg"));
    Files.delete(config.resolve("tasks.cfg"));
    told("");
    assertEquals("none", store());
  }

  /** As at the start, where there is no last good value: all of them, those too that are not given, in one line, before any use. */
  @Test
  void everyNameOfNoDriverIsTold() throws Exception {
    String none = "is the name of no runtime driver; there is none: no file runtime.<type>~<name>.cfg; ";
    String fails = "what needs that driver fails until it is there, or another one is named";
    String snapshotter = "snapshotter = 'nix' is the name of no snapshot driver; there is none: no file snapshot.<type>~<name>.cfg; ";
    write("tasks.cfg", "snapshotter = nix\nruntime = nope\n");
    until(() -> !problems().isEmpty());
    assertEquals(List.of("tasks.cfg:2: runtime = 'nope' " + none + "tasks.cfg:1: " + snapshotter + fails), problems());
    write("tasks.cfg", "snapshotter = nix\n");
    until(() -> problems().equals(List.of(
        "tasks.cfg: runtime is not given, and its default 'runc' " + none + "tasks.cfg:1: " + snapshotter + fails)));
    write("tasks.cfg", "");
    until(() -> problems().equals(List.of("tasks.cfg: runtime is not given, and its default 'runc' " + none + fails)));
    Files.delete(config.resolve("tasks.cfg"));
    until(() -> problems().isEmpty());
  }

  private long epoch(DriverRef ref) {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref)).findFirst().orElseThrow().epoch();
  }

  /** Callers notice nothing; the file is not tried again before it is written again. */
  private void refusedUnderLoad(DriverRef ref, String file) throws Exception {
    assertEquals("3", ask(ref, "property size"));
    var end = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> callers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        callers.add(threads.submit(() -> {
          String last = "";
          while (!end.get()) last = ask(ref, "property size");
          return last;
        }));
      }
      try {
        refused(ref, file);
      } finally {
        end.set(true);
      }
      for (Future<String> caller : callers) assertEquals("3", caller.get());
    }
    write(file, "size = 6\n");
    until(() -> ask(ref, "property size").equals("6"));
    until(() -> problems().isEmpty() && why(ref).isEmpty());
  }

  private void refused(DriverRef ref, String file) throws Exception {
    write(file, "\nsize = 5\n");
    until(() -> problems().size() == 1);
    String problem = problems().getFirst();
    assertTrue(problem.startsWith(file + ":2: size: driver " + ref + " of test.") && problem.endsWith(
        " cannot be activated: size 5 has no room; the last good values are used"), problem);
    until(() -> why(ref).equals(problem));
    long epoch = epoch(ref);
    write("unpack.cfg", "text = " + ref.kind() + "\n");
    until(() -> ref.kind().equals(unpack()));
    assertEquals(epoch, epoch(ref), "it was tried again");
    Files.setLastModifiedTime(config.resolve(file), FileTime.fromMillis(0));
    until(() -> epoch(ref) > epoch);
    until(() -> why(ref).equals(problem));
  }

  @Test
  void aValueThatADriverRefusesIsTakenBackUnderLoad() throws Exception {
    write("layer.demo~tar.cfg", "size = 3\n");
    osgi.start("layer", picky("layer").unmodified().build());
    until(() -> osgi.drivers.of(Scope.root(), "layer").size() == 1 && problems().isEmpty());
    refusedUnderLoad(DriverRef.of("layer/tar"), "layer.demo~tar.cfg");
    write("snapshot.demo~one.cfg", "size = 3\n");
    osgi.start("snapshot", picky("snapshot").unmodified().build());
    until(() -> osgi.drivers.of(Scope.root(), "snapshot").size() == 1 && problems().isEmpty());
    refusedUnderLoad(DriverRef.of("snapshot/one"), "snapshot.demo~one.cfg");
  }

  /** As at the start of the manager. */
  @Test
  void aDriverThatNeverWorkedIsAwayUntilItsFileIsMended() throws Exception {
    DriverRef second = DriverRef.of("content/second");
    write("content.demo~second.cfg", "size = 5\n");
    until(() -> osgi.drivers.of(Scope.root(), "content").contains(second));
    assertThrows(UnavailableException.class, () -> ask(second, "version"));
    assertEquals("size 5 has no room", why(second));
    write("content.demo~second.cfg", "size = 5\nsafe = false\n");
    until(() -> osgi.drivers.property(Scope.root(), second, "safe").equals("false"));
    assertThrows(UnavailableException.class, () -> ask(second, "version"));
    assertEquals(List.of(), problems());
    write("content.demo~second.cfg", "size = 2\n");
    until(() -> osgi.drivers.property(Scope.root(), second, "size").equals("2"));
    assertEquals("2", ask(second, "property size"));
  }

  @Test
  void aComponentOfOursIsConfiguredTheSameWay() throws Exception {
    write("swap.cfg", "replacement.timeout = 1ms\n");
    write("content.nobody~lost.cfg", "");
    until(() -> osgi.drivers.list(Scope.root()).stream().anyMatch(s -> s.state() == State.ABSENT));
    until(() -> assertThrows(UnavailableException.class, () -> ask(DriverRef.of("content/lost"), "version")).getMessage()
        .contains("content/lost"));
    write("swap.cfg", "replacement.timout = 1ms\n");
    until(() -> problems().stream().anyMatch(p -> p.startsWith("swap.cfg:1: replacement.timout is not known; known are call.timeout, drain"
        + ".timeout")));
  }

  @Test
  void aComponentWithoutKeysRefusesEach() throws Exception {
    write("content.none~some.cfg", "# no keys\n\nx = y\n");
    until(() -> problems().equals(List.of("content.none~some.cfg:3: x is not known; content.none takes no keys; it is not used")));
    until(() -> why(DriverRef.of("content/some")).endsWith(problems().getFirst()));
    write("content.none~some.cfg", "# no keys\n");
    until(() -> problems().isEmpty());
  }

  private static final List<String> TIMES = List.of("replacement.timeout", "drain.timeout", "call.timeout");

  /** By the metatype of the real component: as a wrong number, with file and line, and nothing of the file is taken. */
  @Test
  void aTimeIsCheckedAsANumberIs() throws Exception {
    write("swap.cfg", "drain.timeout = 9s\n");
    until(() -> "9s".equals(swap("drain.timeout")));
    for (String key : TIMES) {
      for (String wrong : List.of("abc", "-1s", "5", "1h", "", "1234567890s")) {
        refusedTime(key, wrong, "is not a time: expected a whole number with ms, s or m, such as 500ms, 30s or 2m");
      }
      for (String wrong : List.of("0s", "1441m", "999999999m")) {
        refusedTime(key, wrong, "is out of bounds: expected at least 1ms at most 1440m");
      }
    }
    write("swap.cfg", "drain.timeout = 8 s\ncall.timeout = 1ms\n");
    until(() -> problems().isEmpty());
    assertEquals(List.of("8 s", "1ms"), List.of(swap("drain.timeout"), swap("call.timeout")));
  }

  private void refusedTime(String key, String wrong, String why) throws Exception {
    write("swap.cfg", "\n" + key + " = " + wrong + "\n");
    until(() -> problems().equals(List.of("swap.cfg:2: " + key + " = '" + wrong + "' " + why + "; the last good values are used")));
    assertEquals("9s", swap("drain.timeout"));
  }

  private Object swap(String key) throws Exception {
    var values = osgi.service(ConfigurationAdmin.class).getConfiguration("swap", "?").getProperties();
    return values == null ? null : values.get(key);
  }

  /** Each is told where people look, once in the log, and is gone with the file. */
  @Test
  void aNameThatNobodyIsConfiguredByIsTold() throws Exception {
    String form = " is not the name of a configuration, <pid>.cfg or <kind>.<type>~<name>.cfg; the nearest known name is ";
    Map<String, String> strays = Map.of("Content.cfg", form + "content.cfg; it is not read",
        "content.demo-local.cfg", form + "content.demo~local.cfg; it is not read",
        "content (copy).cfg", form + "content.cfg; it is not read",
        "taks.cfg",
        ": no installed bundle has a component 'taks'; the nearest known name is tasks.cfg; it waits for a bundle that takes it",
        "completely-else.cfg", " is not the name of a configuration, <pid>.cfg or <kind>.<type>~<name>.cfg; known are content.cfg,"
            + " content.demo~<name>.cfg, content.none~<name>.cfg, logging.cfg, swap.cfg, tasks.cfg, unpack.cfg; it is not read",
        "tasks~one.cfg", ": tasks has no instances; the nearest known name is tasks.cfg; it is not used",
        "content.demo.cfg", " names no instance of content.demo; the nearest known name is content.demo~<name>.cfg; it is not used");
    try (var log = new Said(ConfigFolder.class)) {
      for (Map.Entry<String, String> e : strays.entrySet()) {
        String text = e.getKey() + e.getValue();
        write(e.getKey(), "store = local\n");
        until(() -> !problems().isEmpty());
        assertEquals(List.of(text), problems());
        write("unpack.cfg", "text = " + e.getKey() + "\n"); // another scan
        until(() -> e.getKey().equals(unpack()));
        assertEquals(List.of("WARN " + text), log.lines().filter(l -> l.contains(e.getKey()) && !l.contains("removed")).toList());
        Files.delete(config.resolve(e.getKey()));
        until(() -> problems().isEmpty());
      }
    }
    assertEquals("none", store());
    write(".content.cfg", "store = local\n");
    write("unpack.cfg", "text = after\n");
    until(() -> "after".equals(unpack()));
    assertEquals(List.of(), problems());
  }

  /** The launcher reads it, by rules of its own, and says what is wrong. */
  @Test
  void whatIsWrongWithTheFileOfLevelsIsToldWithTheRest() throws Exception {
    write("logging.cfg", "io.gantry.Some$Inner = DEBUG\n");
    write("unpack.cfg", "text = a\n");
    until(() -> "a".equals(unpack()));
    assertEquals(List.of(), problems());
    write("unpack.cfg", "txt = a\n");
    until(() -> problems().size() == 1);
    System.setProperty("gantry.logging.problem", "logging.cfg:1: x");
    try {
      assertEquals(List.of("unpack.cfg:1: txt is not known; known are text; the last good values are used", "logging.cfg:1: x"),
          problems());
      System.setProperty("gantry.logging.problem", "");
      assertEquals(1, problems().size());
    } finally {
      System.clearProperty("gantry.logging.problem");
    }
  }

  private Object unpack() throws Exception {
    var values = osgi.service(ConfigurationAdmin.class).getConfiguration("unpack", "?").getProperties();
    return values == null ? null : values.get("text");
  }

  /** Whether or not a metatype document tells its keys. */
  @Test
  void aFileWaitsForTheDriverThatComesLater() throws Exception {
    DriverRef later = DriverRef.of("snapshot/later");
    write("snapshot.demo~later.cfg", "size = 7\n");
    String waits = "snapshot.demo~later.cfg: no installed bundle has a component 'snapshot.demo'; the nearest known name is"
        + " content.demo~later.cfg; it waits for a bundle that takes it";
    until(() -> problems().equals(List.of(waits)));
    until(() -> why(later).startsWith("absent since") && why(later).endsWith(waits));
    var bundle = osgi.start("later", picky("snapshot").build());
    until(() -> osgi.drivers.of(Scope.root(), "snapshot").contains(later) && problems().isEmpty());
    assertEquals("7", ask(later, "property size"));
    until(() -> !why(later).contains("waits for a bundle"));
    bundle.uninstall();
    until(() -> problems().equals(List.of(waits)));
    osgi.start("described", picky("snapshot").entry("OSGI-INF/metatype/demo.xml", METATYPE.replace("content.demo", "snapshot.demo"))
        .build());
    until(() -> osgi.drivers.of(Scope.root(), "snapshot").contains(later) && problems().isEmpty());
    assertEquals("7", ask(later, "property size"));
  }
}
