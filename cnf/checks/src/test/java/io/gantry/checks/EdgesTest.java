package io.gantry.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EdgesTest {
  @TempDir Path root;
  private Sample sample;

  @BeforeEach
  void api() throws IOException {
    sample = new Sample(root).file("cnf/edges.txt", "* -> api # all\nmounts -> linux\ntests -> kit\nmounts copies oci\n")
        .bundle("api", "package io.gantry.api; public class Digest {}", "package io.gantry.spi.snapshot; public interface Snapshotter {}")
        .bundle("linux", "package io.gantry.linux; public class Calls {}").bundle("kit", "package io.gantry.kit; public class Kit {}")
        .bundle("oci", "package io.gantry.oci; public class Spec {}")
        .bundle("snapshot.overlay", "package io.gantry.snapshot.overlay; public class Overlay {}");
  }

  private List<String> check() throws IOException {
    return new Edges(sample.path("cnf/edges.txt"), sample.bundles()).check().stream().map(Finding::toString).toList();
  }

  @Test
  void whatTheLawAllows() throws IOException {
    sample.bundle("mounts", "package io.gantry.mounts; class Table { io.gantry.linux.Calls c; io.gantry.api.Digest d; }")
        .tests("mounts", "package io.gantry.mounts; class TableTest { io.gantry.kit.Kit k; Table t; }");
    assertEquals(List.of(), check());
  }

  @Test
  void anEdgeThatTheLawDoesNotHave() throws IOException {
    sample.bundle("snapshot", "package io.gantry.snapshot; class Keys { void a() { new io.gantry.linux.Calls(); } }");
    assertEquals(List.of("io.gantry.snapshot.Keys: uses io.gantry.linux.Calls, but cnf/edges.txt has no 'snapshot -> linux'"), check());
  }

  @Test
  void aDriverTypeOutsideItsBundle() throws IOException {
    sample.bundle("snapshot", "package io.gantry.snapshot; class Keys {"
        + " Object a(java.util.List<io.gantry.snapshot.overlay.Overlay> l) { return l; } }");
    assertTrue(check().getFirst().contains("no 'snapshot -> snapshot.overlay'"));
  }

  @Test
  void aDriverTypeByName() throws IOException {
    sample.bundle("snapshot", "package io.gantry.snapshot; class Keys { String s = \"io.gantry.snapshot.overlay.Overlay\"; }");
    assertTrue(check().getFirst().contains("names the class io.gantry.snapshot.overlay.Overlay of the driver snapshot.overlay"));
  }

  @Test
  void onlyTestsUseTheKit() throws IOException {
    sample.bundle("mounts", "package io.gantry.mounts; class Table { io.gantry.kit.Kit k; }");
    assertTrue(check().getFirst().contains("no 'mounts -> kit'"));
    sample.tests("mounts", "package io.gantry.mounts; class TableTest { io.gantry.snapshot.overlay.Overlay o; }");
    assertTrue(check().getLast().contains("no 'mounts tests -> snapshot.overlay'"));
  }

  @Test
  void aCopyIsInTheUser() throws IOException {
    String user = "package io.gantry.mounts; class Table { io.gantry.oci.Spec s; }";
    sample.bundle("mounts", user);
    assertTrue(check().getFirst().contains("no 'mounts -> oci'"), "used, but not copied");
    sample.bundle("mounts", "package io.gantry.oci; public class Spec {}", user);
    assertEquals(List.of(), check());
  }

  @Test
  void aCircleOfPackages() throws IOException {
    sample.bundle("gc", "package io.gantry.gc.a; public class A { io.gantry.gc.b.B b; }",
        "package io.gantry.gc.b; public class B { io.gantry.gc.c.C c; }", "package io.gantry.gc.c; public class C { io.gantry.gc.a.A a; }");
    List<Finding> found = new Edges(sample.path("cnf/edges.txt"), sample.bundles()).cycles();
    assertEquals("gc: a circle of packages: io/gantry/gc/a → io/gantry/gc/b → io/gantry/gc/c → io/gantry/gc/a",
        found.getFirst().toString());
  }
}
