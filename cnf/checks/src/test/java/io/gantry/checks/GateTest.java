package io.gantry.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gate over this checkout, as the modules before this one were built. */
class GateTest {
  private static final Path ROOT = Path.of(System.getProperty("gantry.checkout", "../..")).toAbsolutePath().normalize();
  private static List<Bundle> bundles;

  @BeforeAll
  static void all() throws IOException {
    bundles = Bundle.all(ROOT);
    String missing = bundles.stream().filter(b -> !b.built()).map(Bundle::name).collect(Collectors.joining(", "));
    assertEquals("", missing, "bundles that are not built: run mvn verify in the checkout's root");
  }

  @Test
  void format() throws IOException {
    none(Format.check(ROOT), "cnf/run/format mends most");
  }

  @Test
  void edges() throws IOException {
    none(new Edges(ROOT.resolve("cnf/edges.txt"), bundles).check(), "cnf/edges.txt is the law");
  }

  @Test
  void cycles() throws IOException {
    none(new Edges(ROOT.resolve("cnf/edges.txt"), bundles).cycles(), "dependencies point down");
  }

  @Test
  void bannedCalls() throws IOException {
    none(new Banned(ROOT.resolve("cnf/checks/banned.txt")).check(bundles), "cnf/checks/banned.txt has the reasons");
  }

  @Test
  void driverServices() throws IOException {
    none(Services.check(bundles), "drivers are lent by swap");
  }

  @Test
  void exports() throws IOException {
    none(Exports.check(bundles), "one package, one exporter");
  }

  @Test
  void apiDump() throws IOException {
    none(ApiDump.check(ROOT.resolve("cnf/api"), bundles), "if the contract was changed on purpose: cnf/run/api, and commit the difference");
  }

  @Test
  void rules() throws IOException {
    assumeTrue(bundles.stream().anyMatch(b -> b.name().equals("kit")), "no kit");
    none(Rules.check(bundle("api"), bundle("kit")),
        "each numbered rule has a test of that number");
  }

  @Test
  void folders() throws IOException {
    none(Folders.check(bundles), "each bundle has the same rooms");
  }

  private static Bundle bundle(String name) {
    return bundles.stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
  }

  private static void none(List<Finding> found, String what) {
    String text = found.stream().sorted().map(f -> "\n  " + f).collect(Collectors.joining());
    assertEquals("", text, what);
  }
}
