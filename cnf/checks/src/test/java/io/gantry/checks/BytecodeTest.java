package io.gantry.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Banned calls, driver services, exports, folders. */
class BytecodeTest {
  @TempDir Path root;
  private Sample sample;

  @BeforeEach
  void osgi() throws IOException {
    sample = new Sample(root).bundle("api", "package io.gantry.spi.snapshot; public interface Snapshotter {}",
        "package org.osgi.framework; public interface BundleContext {"
            + " Object getServiceReference(Class<?> c); Object getServiceReference(String s);"
            + " void addServiceListener(Object l, String f); Object getService(Object r); }",
        "package org.osgi.util.tracker; public class ServiceTracker { public ServiceTracker(Object c, Class<?> t, Object z) {} }");
  }

  private static List<String> text(List<Finding> found) {
    return found.stream().map(Finding::toString).toList();
  }

  @Test
  void bannedCalls() throws IOException {
    sample.file("banned.txt", "# list\njava/lang/Thread.sleep | launcher | wait\njava/lang/foreign/.* | linux | natives\n");
    String calls = "class A { void a() throws Exception { Thread.yield(); Thread.sleep(1); java.lang.foreign.Arena.global(); } }";
    sample.bundle("gc", "package io.gantry.gc; " + calls).bundle("launcher", "package io.gantry.launcher; " + calls);
    assertEquals(List.of("io.gantry.gc.A: uses java.lang.Thread.sleep: wait",
        "io.gantry.gc.A: uses java.lang.foreign.Arena.global: natives",
        "io.gantry.launcher.A: uses java.lang.foreign.Arena.global: natives"),
        text(new Banned(sample.path("banned.txt")).check(sample.bundles())));
  }

  @Test
  void driversAreLookedUpBySwapAlone() throws IOException {
    String lookup = "import org.osgi.framework.*; import io.gantry.spi.snapshot.*; class A {"
        + " Object a(BundleContext c) { return c.getServiceReference(Snapshotter.class); }"
        + " Object b(BundleContext c) { return c.getServiceReference(\"io.gantry.spi.snapshot.Snapshotter\"); }"
        + " Object c(BundleContext c) { return new org.osgi.util.tracker.ServiceTracker(c, Snapshotter.class, null); }"
        + " Object d(BundleContext c) { return c.getServiceReference(Runnable.class); } Object e() { return Snapshotter.class; } }";
    sample.bundle("swap", "package io.gantry.swap; " + lookup).bundle("gc", "package io.gantry.gc; " + lookup);
    List<String> found = text(Services.check(sample.bundles()));
    assertEquals(3, found.size(), found.toString());
    assertEquals(3, found.stream().filter(f -> f.startsWith("io.gantry.gc.A: looks up ")).count(), found.toString());
  }

  /** A driver's type could come from anywhere. */
  @Test
  void aLookupNamesItsType() throws IOException {
    sample.bundle("gc", "package io.gantry.gc; import org.osgi.framework.*; class A {"
        + " Object a(BundleContext c, Class<?> type) { return c.getServiceReference(type); }"
        + " Object b(BundleContext c) { return a(c, io.gantry.spi.snapshot.Snapshotter.class); } }");
    assertEquals(List.of("io.gantry.gc.A: looks up by org.osgi.framework.BundleContext.getServiceReference a type that is not named there"),
        text(Services.check(sample.bundles())));
  }

  @Test
  void aListenerIsFreeUntilItsClassGetsObjects() throws IOException {
    String listener = "import org.osgi.framework.*; class A { void a(BundleContext c) { c.addServiceListener(this, \"(gantry.kind=*)\"); }";
    sample.bundle("gc", "package io.gantry.gc; " + listener + " }")
        .bundle("mounts", "package io.gantry.mounts; " + listener + " Object b(BundleContext c) { return c.getService(this); } }");
    assertEquals(
        List.of("io.gantry.mounts.A: looks up (gantry.kind=*) by org.osgi.framework.BundleContext.addServiceListener: only swap may"),
        text(Services.check(sample.bundles())));
  }

  @Test
  void driversAreReferencedBySwapAlone() throws IOException {
    sample.bundle("swap").bundle("gc").bundle("snapshot");
    String xml = "<component><reference name=\"a\" interface=\"%s\" target=\"%s\"/></component>";
    sample.file("bundles/swap/target/classes/OSGI-INF/a.xml", xml.formatted("org.osgi.service.component.AnyService", "(gantry.kind=*)"))
        .file("bundles/gc/target/classes/OSGI-INF/a.xml", xml.formatted("io.gantry.spi.snapshot.Snapshotter", ""))
        .file("bundles/gc/target/classes/OSGI-INF/b.xml", xml.formatted("org.osgi.service.component.AnyService", "(a=b)"))
        .file("bundles/gc/target/classes/OSGI-INF/c.xml", xml.formatted("java.lang.Runnable", "(gantry.kind=snapshot)"))
        .file("bundles/snapshot/target/classes/OSGI-INF/a.xml", xml.formatted("io.gantry.service.Drivers", "(a=b)"));
    assertEquals(List.of("gc/a.xml: references io.gantry.spi.snapshot.Snapshotter: only swap may; borrow through Drivers.call",
        "gc/b.xml: references org.osgi.service.component.AnyService: only swap may; borrow through Drivers.call",
        "gc/c.xml: references by gantry.kind: only swap may"), text(Services.check(sample.bundles())));
  }

  @Test
  void exports() throws IOException {
    sample.exports("api", "io.gantry.api;version=\"1.0.0\";uses:=\"a,b\",io.gantry.spi;version=\"0.9.0\"")
        .bundle("gc").exports("gc", "io.gantry.api;version=\"1.0.0\"");
    assertEquals(List.of("api: exports io.gantry.spi 0.9.0: versions start at 1.0.0",
        "gc: exports io.gantry.api 1.0.0: only [api, kit, linux] may"), text(Exports.check(sample.bundles())));
  }

  @Test
  void folders() throws IOException {
    sample.bundle("gc", "package io.gantry.other; class A {}").file("bundles/gc/readme.md", "gc").file("bundles/api/readme.md", "")
        .file("bundles/api/bnd.bnd", "");
    assertEquals(List.of("api: org/osgi/framework/BundleContext.java is not below the bundle's root package io/gantry/api",
        "api: org/osgi/util/tracker/ServiceTracker.java is not below the bundle's root package io/gantry/api", "gc: has no bnd.bnd",
        "gc: io/gantry/other/A.java is not below the bundle's root package io/gantry/gc"), text(Folders.check(sample.bundles())));
  }
}
