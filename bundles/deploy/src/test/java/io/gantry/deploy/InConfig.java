package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.swap.Demo;
import io.gantry.swap.DriverJar;
import io.gantry.swap.Osgi;
import io.gantry.swap.SwapComponent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.ConfigurationAdmin;

/** The frame of tests that write files of {@code config/} under a running manager. */
abstract class InConfig {
  static final DriverRef REF = DriverRef.of("content/local");

  static final String METATYPE = """
      <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.4.0">
        <OCD id="demo" name="demo">
          <AD id="size" type="Integer" default="1" min="1" max="100"/>
          <AD id="ratio" type="Double" default="1" min="0.5" max="1d"/>
          <AD id="counts" type="Integer" cardinality="5" default="1" min="1"/>
          <AD id="safe" type="Boolean" default="true"/>
          <AD id="hosts" type="String" cardinality="10" default=""/>
          <AD id="mode" type="String" default="fast"><Option label="f" value="fast"/><Option label="s" value="slow"/></AD>
        </OCD>
        <OCD id="names" name="names"><AD id="store" type="String"/><AD id="runtime" type="String"/>
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
  Path config;
  Osgi osgi;

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

  static DriverJar picky(String kind) {
    String check = "if (\"5\".equals(String.valueOf(given.get(\"size\")))) throw new java.io.IOException(\"size 5 has no room\");";
    return Demo.jar(kind, "v1").replace("if (FAILS)", check + " if (FAILS)");
  }

  static DriverJar driver() {
    return picky("content").entry("OSGI-INF/metatype/demo.xml", METATYPE);
  }

  @AfterEach
  void stop() throws Exception {
    osgi.close();
    assertTrue(Demo.BOARD.keySet().stream().noneMatch(k -> k.startsWith("two owners")), Demo.BOARD.toString());
  }

  void write(String name, String text) throws IOException {
    Files.writeString(config.resolve(name), text);
  }

  @SuppressWarnings("unchecked")
  String ask(DriverRef ref, String order) throws IOException {
    return (String) osgi.drivers.call(Function.class, ref, Scope.root(), d -> d.apply(order));
  }

  String why(DriverRef ref) {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref)).map(DriverState::why).findFirst().orElse("unknown");
  }

  List<String> problems() throws InterruptedException {
    return osgi.service(Deployments.class).problems(Scope.root());
  }

  static void until(Callable<Boolean> truth) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!truth.call()) {
      assertTrue(System.nanoTime() < end, "it did not come about within 60 s");
      Thread.sleep(10);
    }
  }

  Object unpack() throws Exception {
    var values = osgi.service(ConfigurationAdmin.class).getConfiguration("unpack", "?").getProperties();
    return values == null ? null : values.get("text");
  }

  Object store() throws Exception {
    var values = osgi.service(ConfigurationAdmin.class).getConfiguration("content", "?").getProperties();
    return values == null ? "none" : values.get("store");
  }

  void told(String problem) throws Exception {
    until(() -> problems().equals(problem.isEmpty() ? List.of() : List.of(problem)));
    until(() -> why(REF).equals(problem));
  }
}
