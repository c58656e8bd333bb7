package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** What is left of a driver that was replaced: nothing. */
class LeakTest extends InFramework {
  private static final int SWAPS = 20;

  @Test
  void everyReplacedBuildIsCollectedThoughItsExceptionsAreKept() throws Exception {
    List<Throwable> kept = new ArrayList<>();
    for (DriverRef ref : List.of(STORE, LAYER)) {
      List<WeakReference<ClassLoader>> gone = new ArrayList<>();
      Bundle old = osgi.start(ref.kind() + 0, Demo.jar(ref.kind(), "v0").build());
      for (int i = 1; i <= SWAPS; i++) {
        use(ref, kept);
        gone.add(new WeakReference<>(old.adapt(BundleWiring.class).getClassLoader()));
        Bundle next = osgi.start(ref.kind() + i, Demo.jar(ref.kind(), "v" + i).build());
        osgi.drivers.promote(Scope.root(), ref, next.getBundleId());
        old.uninstall();
        old = next;
      }
      assertEquals("v" + SWAPS, ask(ref, "version"));
      old = null;
      collect(gone);
      assertEquals(0, gone.stream().filter(w -> w.get() != null).count(), "class loaders of replaced builds of " + ref);
    }
    assertEquals(2, loadedClasses("demo.Demo"), "one class for each driver in use");
    assertEquals(6 * SWAPS, kept.size());
  }

  /** Calls of every sort, and what they throw is kept, as an event or a status would. */
  private void use(DriverRef ref, List<Throwable> kept) throws IOException {
    ask(ref, "version");
    ask(ref, "local");
    kept.add(assertThrows(IOException.class, () -> ask(ref, "throw")));
    kept.add(assertThrows(NullPointerException.class, () -> ask(ref, "npe")));
    kept.add(assertThrows(RuntimeException.class, () -> ask(ref, "plain")));
  }

  static void collect(List<WeakReference<ClassLoader>> gone) throws InterruptedException {
    for (int i = 0; i < 50 && gone.stream().anyMatch(w -> w.get() != null); i++) {
      System.gc();
      Thread.sleep(20);
    }
  }

  /** How many classes of a name the heap holds, by the JVM's own count. */
  static long loadedClasses(String name) throws Exception {
    String all = (String) ManagementFactory.getPlatformMBeanServer().invoke(
        new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram", new Object[] {new String[0]},
        new String[] {String[].class.getName()});
    return Arrays.stream(all.split("\n")).filter(l -> l.matches(".*\\s" + name.replace(".", "\\.") + "(\\s.*)?$")).count();
  }
}
