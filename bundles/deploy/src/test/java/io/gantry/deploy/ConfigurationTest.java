package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.osgi.service.cm.ConfigurationAdmin;

/** Values of files, right and wrong, under a running manager. */
class ConfigurationTest extends InConfig {
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
    Map<String, String> wrong = new HashMap<>(Map.of(
        "size = many\n", "content.demo~local.cfg:1: size = 'many' is not a whole number",
        "\n\nsiez = 4\n", "content.demo~local.cfg:3: siez is not known; known are counts, hosts, mode, ratio, safe, size",
        "size 4\n", "content.demo~local.cfg:1: 'size 4' is not key = value",
        "size = 4\nsize = 5\n", "content.demo~local.cfg:2: size was given on line 1 already",
        "size = 0\n", "content.demo~local.cfg:1: size = '0' is out of bounds: expected at least 1 at most 100",
        "size = 101\n", "size = '101' is out of bounds",
        "safe = perhaps\n", "safe = 'perhaps' is not a truth value: true or false",
        "mode = wild\n", "mode = 'wild' is none of fast, slow",
        "gantry.name = other\n", "content.demo~local.cfg:1: gantry.name is set by the manager",
        "Größe = 4\n", "is not a key"));
    wrong.put("ratio = NaN\n", "content.demo~local.cfg:1: ratio = 'NaN' is not a number");
    wrong.put("ratio = 1d\n", "content.demo~local.cfg:1: ratio = '1d' is not a number");
    wrong.put("ratio = 0.4\n", "content.demo~local.cfg:1: ratio = '0.4' is out of bounds: expected at least 0.5");
    wrong.put("counts = 2, 0\n", "content.demo~local.cfg:1: counts = '0' is out of bounds: expected at least 1");
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

  /** A bound of another's metatype that is no number binds nobody, and an empty list has nothing that is out of bounds. */
  @Test
  void boundsHoldForWhatIsGiven() throws Exception {
    write("content.demo~local.cfg", "size = 4\nratio = 2.5\ncounts =\n");
    until(() -> ask(REF, "property size").equals("4"));
    assertEquals(List.of("2.5", ""), List.of(osgi.drivers.property(Scope.root(), REF, "ratio"), osgi.drivers.property(Scope.root(), REF,
        "counts")));
  }

  @Test
  void theBuildInUseSaysWhatIsRight() throws Exception {
    assertEquals("3", ask(REF, "property size"));
    String other = METATYPE.replace("max=\"100\"", "max=\"3\"").replace("id=\"mode\"", "id=\"more\"");
    osgi.start("two", picky("content").entry("OSGI-INF/metatype/demo.xml", other).build());
    write("content.demo~local.cfg", "size = 50\nmore = slow\n");
    until(() -> ask(REF, "property size").equals("50"));
    write("content.demo~local.cfg", "size = 101\n");
    until(() -> why(REF).contains("expected at least 1 at most 100"));
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
}
