package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.linux.Self;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** Why natives stand in one shared bundle: decision 0003. */
class NativesTest extends InFramework {
  private static final int SWAPS = 20;
  private static final String OWN = """
      static class Own {
        static { com.sun.jna.Native.register(Own.class, com.sun.jna.NativeLibrary.getInstance("c")); }
        static native int getppid();
      }
      """;

  @BeforeEach
  void shared() throws Exception {
    osgi.install("jna", Osgi.bundle(com.sun.jna.Native.class)).start();
    osgi.install("linux", Osgi.bundle(Self.class)).start();
  }

  /** The driver's {@code Late}, which a call loads, makes a system call. */
  private static DriverJar driver(int nr, String imports, String call) {
    return Demo.jar("content", "v" + nr).imports(imports).replace("return \"\"; } }", "return \"\" + (" + call
        + " < 0 ? \"?\" : \"\"); } }");
  }

  private static DriverJar shared(int nr) {
    return driver(nr, "io.gantry.linux", "io.gantry.linux.Self.uid()");
  }

  private static DriverJar own(int nr) {
    return driver(nr, "com.sun.jna", "Own.getppid()").replace("/** Loaded at the first use of a call. */", OWN);
  }

  @Test
  void driversThatUseTheSharedBundleAreCollected() throws Exception {
    assertEquals(0, staying(NativesTest::shared));
    assertEquals(1, LeakTest.loadedClasses("demo.Demo"));
  }

  /** The control: were it 0, the rule that no driver registers natives would have lost its reason. */
  @Test
  void driversThatRegisterNativesStay() throws Exception {
    int staying = staying(NativesTest::own);
    System.out.println(staying + " of " + SWAPS + " class loaders stay where drivers register natives");
    assertTrue(staying > 0, "JNA no longer keeps the class that registered: decision 0003 may be taken back");
  }

  private int staying(java.util.function.IntFunction<DriverJar> build) throws Exception {
    List<WeakReference<ClassLoader>> gone = new ArrayList<>();
    Bundle old = osgi.start("v0", build.apply(0).build());
    for (int i = 1; i <= SWAPS; i++) {
      assertEquals("v" + (i - 1), ask(STORE, "version"));
      gone.add(new WeakReference<>(old.adapt(BundleWiring.class).getClassLoader()));
      Bundle next = osgi.start("v" + i, build.apply(i).build());
      osgi.drivers.promote(Scope.root(), STORE, next.getBundleId());
      old.uninstall();
      old = next;
    }
    assertEquals("v" + SWAPS, ask(STORE, "version"));
    old = null;
    LeakTest.collect(gone);
    return (int) gone.stream().filter(w -> w.get() != null).count();
  }
}
