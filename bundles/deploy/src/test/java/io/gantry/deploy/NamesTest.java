package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.swap.Demo;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** Names of files and of drivers in files, right and wrong. */
class NamesTest extends InConfig {
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

  /** Whatever their names: as after a copy of the file, and a start. */
  @Test
  void aFileThatNobodyTakesDoesNotStandInTheWayOfTheRightOne() throws Exception {
    DriverRef later = DriverRef.of("layer/tar");
    write("layer.a~tar.cfg", "size = 7\n");
    until(() -> why(later).startsWith("absent since"));
    write("layer.demo~tar.cfg", "size = 3\n");
    until(() -> problems().size() == 2);
    osgi.start("layer", Demo.jar("layer", "v1").build());
    String refused = "layer.a~tar.cfg: driver layer/tar is configured by layer.demo~tar.cfg already; it is not used";
    until(() -> problems().equals(List.of(refused)) && osgi.drivers.of(Scope.root(), "layer").contains(later));
    assertEquals("3", ask(later, "property size"));
    write("content.a~local.cfg", "size = 8\n");
    until(() -> problems().size() == 2);
    assertEquals("content.a~local.cfg: driver content/local is configured by content.demo~local.cfg already; it is not used",
        problems().getFirst());
    write("content.demo~local.cfg", "size = 4\n");
    until(() -> ask(REF, "property size").equals("4"));
    Bundle deploy = Stream.of(osgi.context().getBundles()).filter(b -> "io.gantry.deploy".equals(b.getSymbolicName())).findFirst().get();
    deploy.stop();
    deploy.start();
    until(() -> problems().size() == 2);
    assertEquals("content.a~local.cfg: driver content/local is configured by content.demo~local.cfg already; it is not used",
        problems().getFirst());
    assertEquals("4", ask(REF, "property size"));
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

  private static final String TRANSFER = """
      <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.4.0">
        <OCD id="t" name="t"><AD id="resolver" type="String" default="docker"/><AD id="snapshotter" type="String"/></OCD>
        <Designate pid="transfer"><Object ocdref="t"/></Designate>
      </metatype:MetaData>
      """;

  /** As at the start, where there is no last good value: all of them, those too that are not given, in one line, before any use. */
  @Test
  void everyNameOfNoDriverIsTold() throws Exception {
    String none = "is the name of no resolver driver; there is none: no file resolver.<type>~<name>.cfg; ";
    String fails = "what needs that driver fails until it is there, or another one is named";
    String snapshotter = "snapshotter = 'nix' is the name of no snapshot driver; there is none: no file snapshot.<type>~<name>.cfg; ";
    var bundle = osgi.start("transfer", Demo.jar("other", "v1").entry("OSGI-INF/metatype/transfer.xml", TRANSFER).build());
    String absent = "transfer.cfg: resolver is not given, and its default 'docker' " + none + fails;
    until(() -> problems().equals(List.of(absent)));
    write("transfer.cfg", "snapshotter = nix\nresolver = nope\n");
    until(() -> problems().equals(List.of("transfer.cfg:2: resolver = 'nope' " + none + "transfer.cfg:1: " + snapshotter + fails)));
    write("transfer.cfg", "snapshotter = nix\n");
    until(() -> problems().equals(List.of(
        "transfer.cfg: resolver is not given, and its default 'docker' " + none + "transfer.cfg:1: " + snapshotter + fails)));
    write("transfer.cfg", "");
    until(() -> problems().equals(List.of(absent)));
    try (var log = new Said(ConfigFolder.class)) {
      Files.delete(config.resolve("transfer.cfg"));
      until(() -> log.lines().filter(l -> l.startsWith("ERROR")).toList().equals(List.of("ERROR " + absent)));
    }
    assertEquals(List.of(absent), problems());
    write("resolver.demo~docker.cfg", "");
    until(() -> problems().size() == 1 && problems().getFirst().startsWith("resolver.demo~docker.cfg"));
    Files.delete(config.resolve("resolver.demo~docker.cfg"));
    until(() -> problems().equals(List.of(absent)));
    bundle.uninstall();
    until(() -> problems().isEmpty());
  }

  private static final String WAITS = "; it waits for a bundle that takes it";
  private static final String KNOWN = "; known are content.cfg, content.demo~<name>.cfg, content.none~<name>.cfg, logging.cfg, swap.cfg,"
      + " tasks.cfg, unpack.cfg" + WAITS;

  /** Each is told where people look, once in the log, and is gone with the file. */
  @Test
  void aNameThatNobodyIsConfiguredByIsTold() throws Exception {
    String form = " is not the name of a configuration, <pid>.cfg or <kind>.<type>~<name>.cfg; the nearest known name is ";
    Map<String, String> strays = Map.of("Content.cfg",
        ": no installed bundle has a component 'Content'; the nearest known name is content.cfg; it waits for a bundle that takes it",
        "content.demo-local.cfg",
        ": no installed bundle has a component 'content.demo-local'; the nearest known name is content.demo~local.cfg;"
            + " it waits for a bundle that takes it",
        "content (copy).cfg", form + "content.cfg; it is not read",
        "taks.cfg",
        ": no installed bundle has a component 'taks'; the nearest known name is tasks.cfg; it waits for a bundle that takes it",
        "completely-else.cfg", ": no installed bundle has a component 'completely-else'" + KNOWN,
        "org.apache.felix.eventadmin.impl.EventAdmin.cfg", ": no installed bundle has a component"
            + " 'org.apache.felix.eventadmin.impl.EventAdmin'" + KNOWN,
        "content.demo.local.cfg", ": no installed bundle has a component 'content.demo.local'; the nearest known name is"
            + " content.demo~local.cfg" + WAITS,
        "content.none-local.cfg", ": no installed bundle has a component 'content.none-local'; the nearest known name is"
            + " content.demo~local.cfg" + WAITS,
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

  /** Whether or not a metatype document tells its keys. */
  @Test
  void aFileWaitsForTheDriverThatComesLater() throws Exception {
    DriverRef later = DriverRef.of("snapshot/later");
    write("snapshot.demo~later.cfg", "size = 7\n");
    String waits = "snapshot.demo~later.cfg: no installed bundle has a component 'snapshot.demo'" + KNOWN;
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
